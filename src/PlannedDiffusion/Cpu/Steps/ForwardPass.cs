using PlannedDiffusion.Cpu.Loading;
using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Cpu.Sequences;
using PlannedDiffusion.Cpu.Threads;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cpu.Steps;

/// <summary>
/// The network over the rows of a step, as one job of all threads. Each phase is split by panels, rows or attention
/// tiles, always in the same way, and a barrier follows it.
/// </summary>
internal sealed unsafe class ForwardPass(
    ModelConfig config,
    CpuWeights weights,
    CpuKernels kernels,
    WorkerPool pool,
    Activations buffers,
    ThreadScratch[] scratch,
    RotaryTable rotary,
    CheckedStep step)
{
    private readonly float _queryScale = 1 / MathF.Sqrt(config.HeadSize);

    /// <summary>
    /// All layers; afterwards <see cref="Activations.LastHidden"/> holds the rows of <see cref="CheckedStep.Last"/>.
    /// </summary>
    public void Run(int thread)
    {
        (int from, int to) = Part(step.RowCount, thread);
        for (int row = from; row < to; row++)
        {
            int token = Math.Max(0, step.SequenceOf(row).Tokens[step.PositionOf(row)]); // of a broken position: any
            float* hidden = buffers.Hidden + (nint)row * buffers.HiddenStride;
            Embedding.Run(weights.Embedding, token, hidden);
            // A row of NaN has left NaN in its padding, and each layer adds to the padding.
            new Span<float>(hidden + config.HiddenSize, buffers.HiddenStride - config.HiddenSize).Clear();
        }

        for (int layer = 0; layer < config.LayerCount; layer++)
        {
            bool last = layer == config.LayerCount - 1;
            QuerySet queries = last ? step.Last : step.All;
            KeysAndValues(layer, thread);
            if (queries.Count == 0) return;
            Attend(layer, queries, thread);
            float* hidden = buffers.Hidden;
            if (last)
            {
                TakeLastRows(thread);
                hidden = buffers.LastHidden;
            }

            pool.Barrier();
            FeedForward(weights.Layers[layer], hidden, queries.Count, thread);
        }
    }

    /// <summary>This thread's consecutive part of some items.</summary>
    public (int From, int To) Part(int count, int thread) =>
        ((int)((long)count * thread / pool.Threads), (int)((long)count * (thread + 1) / pool.Threads));

    private void KeysAndValues(int layer, int thread)
    {
        CpuLayer layerWeights = weights.Layers[layer];
        Normalize(buffers.Hidden, layerWeights.InputNorm, step.RowCount, thread);
        GemmTile product = new()
        {
            A = buffers.Normed,
            AStride = buffers.HiddenStride,
            C = buffers.QueryKeyValue,
            CStride = buffers.QueryKeyValueStride,
            Addend = layerWeights.QueryKeyValueBias,
        };
        Multiply(layerWeights.QueryKeyValue, product, step.RowCount, thread);
        (int from, int to) = Part(step.RowCount, thread);
        for (int row = from; row < to; row++) RotateAndStore(layer, row);
        pool.Barrier();
    }

    private void RotateAndStore(int layer, int row)
    {
        int position = step.PositionOf(row), half = config.HeadSize / 2;
        float* cosines = rotary.Cosines(position), sines = rotary.Sines(position);
        float* head = buffers.QueryKeyValue + (nint)row * buffers.QueryKeyValueStride;
        for (int i = 0; i < config.HeadCount; i++, head += config.HeadSize)
            RotaryEmbedding.Run(head, cosines, sines, half, _queryScale, head);
        if (!step.Writes(row)) return;
        CpuKvCache cache = step.SequenceOf(row).Cache;
        for (int i = 0; i < config.KvHeadCount; i++, head += config.HeadSize)
        {
            RotaryEmbedding.Run(head, cosines, sines, half, 1, head);
            cache.Store(layer, i, position, head, head + config.KvSize);
        }
    }

    /// <summary>
    /// The threads take tiles of (group, key/value head, some queries times the heads of the group) in turns, because
    /// later causal rows see more keys.
    /// </summary>
    private void Attend(int layer, QuerySet queries, int thread)
    {
        int item = 0;
        foreach (ref readonly AttentionJob job in queries.Jobs)
        {
            int stacked = job.Count * config.HeadsPerKvHead;
            int tiles = (stacked + kernels.TileRows - 1) / kernels.TileRows;
            for (int kvHead = 0; kvHead < config.KvHeadCount; kvHead++)
            {
                for (int tile = 0; tile < tiles; tile++)
                {
                    if (item++ % pool.Threads != thread) continue;
                    int from = (int)((long)stacked * tile / tiles), to = (int)((long)stacked * (tile + 1) / tiles);
                    AttendTile(layer, kvHead, queries, job, from, to, scratch[thread]);
                }
            }
        }
    }

    private void AttendTile(
        int layer, int kvHead, QuerySet queries, in AttentionJob job, int from, int to, ThreadScratch own)
    {
        int headsPerKv = config.HeadsPerKvHead, size = config.HeadSize;
        for (int i = from; i < to; i++)
        {
            int row = queries.Rows[job.First + i / headsPerKv], head = kvHead * headsPerKv + i % headsPerKv;
            float* query = buffers.QueryKeyValue + (nint)row * buffers.QueryKeyValueStride + head * size;
            new ReadOnlySpan<float>(query, size).CopyTo(new(own.Queries + (i - from) * own.HeadStride, size));
            own.BlockEnds[i - from] = job.Visibility.BlockEndFor(step.PositionOf(row));
        }

        AttentionTile tile = new()
        {
            Rows = to - from,
            HeadSize = size,
            HeadStride = own.HeadStride,
            Queries = own.Queries,
            KeyPanels = job.Sequence.Cache.KeyPanels(layer, kvHead),
            Values = job.Sequence.Cache.Values(layer, kvHead),
            PrefixEnd = job.Visibility.PrefixEnd,
            BlockStart = Math.Max(job.Visibility.PrefixEnd, job.Visibility.Block.Start),
            BlockEnds = own.BlockEnds,
            Scores = own.Scores,
            ScoreStride = own.ScoreStride,
            Output = own.AttendedHeads,
        };
        kernels.Attend(tile);
        for (int i = from; i < to; i++)
        {
            int query = job.First + i / headsPerKv, head = kvHead * headsPerKv + i % headsPerKv;
            float* attended = buffers.Attended + (nint)query * buffers.AttendedStride + head * size;
            new ReadOnlySpan<float>(own.AttendedHeads + (i - from) * own.HeadStride, size).CopyTo(new(attended, size));
        }
    }

    private void TakeLastRows(int thread)
    {
        (int from, int to) = Part(step.Last.Count, thread);
        for (int query = from; query < to; query++)
        {
            float* row = buffers.Hidden + (nint)step.Last.Rows[query] * buffers.HiddenStride;
            float* target = buffers.LastHidden + (nint)query * buffers.HiddenStride;
            new ReadOnlySpan<float>(row, buffers.HiddenStride).CopyTo(new(target, buffers.HiddenStride));
        }
    }

    /// <summary>Output projection, then the MLP, both added to the residual stream.</summary>
    private void FeedForward(CpuLayer layer, float* hidden, int rows, int thread)
    {
        GemmTile output = new()
        {
            A = buffers.Attended,
            AStride = buffers.AttendedStride,
            C = hidden,
            CStride = buffers.HiddenStride,
            Addend = hidden,
            AddendStride = buffers.HiddenStride,
        };
        Multiply(layer.Output, output, rows, thread);
        Normalize(hidden, layer.PostAttentionNorm, rows, thread);
        GateUp(layer.GateUp, rows, thread);
        pool.Barrier();
        GemmTile down = output;
        down.A = buffers.Mlp;
        down.AStride = buffers.MlpStride;
        Multiply(layer.Down, down, rows, thread);
    }

    /// <summary>
    /// Computes a panel of gate and one of up at a time, so that their product stays in this thread's cache.
    /// </summary>
    private void GateUp(in PackedMatrix matrix, int rows, int thread)
    {
        const int panelRows = PackedMatrix.PanelRows;
        float* gateUp = scratch[thread].GateUp;
        ProductPart part = ProductPart.Of(matrix.Panels / 2, rows, thread, pool.Threads);
        GemmTile product = new()
        {
            A = buffers.Normed + (nint)part.FirstRow * buffers.HiddenStride,
            AStride = buffers.HiddenStride,
            C = gateUp,
            CStride = 2 * panelRows,
        };
        for (int pair = part.FirstPanel; pair < part.EndPanel; pair++)
        {
            product.C = gateUp;
            kernels.Gemm(matrix, 2 * pair, matrix.Panel(2 * pair + 1), product, part.Rows);
            product.C = gateUp + panelRows;
            byte* next = matrix.NextPanel(2 * pair + 1, 2 * part.EndPanel);
            kernels.Gemm(matrix, 2 * pair + 1, next, product, part.Rows);
            float* mlp = buffers.Mlp + (nint)part.FirstRow * buffers.MlpStride + pair * panelRows;
            for (int row = 0; row < part.Rows; row++, mlp += buffers.MlpStride)
            {
                float* gate = gateUp + row * 2 * panelRows;
                kernels.SiluMul(gate, gate + panelRows, mlp, panelRows);
            }
        }
    }

    private void Normalize(float* hidden, float* norm, int rows, int thread)
    {
        (int from, int to) = Part(rows, thread);
        for (int row = from; row < to; row++)
        {
            nint offset = (nint)row * buffers.HiddenStride;
            kernels.RmsNorm(hidden + offset, norm, config.HiddenSize, config.RmsNormEpsilon, buffers.Normed + offset);
        }

        pool.Barrier();
    }

    /// <summary>Computes this thread's part of a product, then waits at the barrier.</summary>
    private void Multiply(in PackedMatrix matrix, GemmTile product, int rows, int thread)
    {
        ProductPart part = ProductPart.Of(matrix.Panels, rows, thread, pool.Threads);
        int column = part.FirstPanel * PackedMatrix.PanelRows;
        product.A += part.FirstRow * product.AStride;
        product.C += part.FirstRow * product.CStride + column;
        if (product.Addend != null) product.Addend += part.FirstRow * product.AddendStride + column;
        for (int panel = part.FirstPanel; panel < part.EndPanel; panel++)
        {
            kernels.Gemm(matrix, panel, matrix.NextPanel(panel, part.EndPanel), product, part.Rows);
            product.C += PackedMatrix.PanelRows;
            if (product.Addend != null) product.Addend += PackedMatrix.PanelRows;
        }

        pool.Barrier();
    }
}
