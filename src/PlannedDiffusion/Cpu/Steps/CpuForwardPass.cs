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
internal sealed unsafe class CpuForwardPass(PassParts parts, RotaryTable rotary)
{
    private readonly ModelConfig _config = parts.Config;
    private readonly CpuWeights _weights = parts.Weights;
    private readonly CpuKernels _kernels = parts.Kernels;
    private readonly WorkerPool _pool = parts.Pool;
    private readonly CpuStepBuffers _buffers = parts.Buffers;
    private readonly ThreadScratch[] _scratch = parts.Scratch;
    private readonly CpuCheckedStep _step = parts.Step;
    private readonly float _queryScale = 1 / MathF.Sqrt(parts.Config.HeadSize);

    /// <summary>
    /// All layers. Afterwards <see cref="CpuStepBuffers.LastHidden"/> holds the rows of
    /// <see cref="CpuCheckedStep.Last"/>.
    /// </summary>
    public void Run(int thread)
    {
        (int from, int to) = Part(_step.RowCount, thread);
        for (int row = from; row < to; row++)
        {
            int token = Math.Max(0, _step.SequenceOf(row).Tokens[_step.PositionOf(row)]); // of a broken position: any
            float* hidden = _buffers.Hidden + (nint)row * _buffers.HiddenStride;
            Embedding.Run(_weights.Embedding, token, hidden);
            // A row of NaN has left NaN in its padding, and each layer adds to the padding.
            new Span<float>(hidden + _config.HiddenSize, _buffers.HiddenStride - _config.HiddenSize).Clear();
        }

        for (int layer = 0; layer < _config.LayerCount; layer++)
        {
            bool last = layer == _config.LayerCount - 1;
            QuerySet queries = last ? _step.Last : _step.All;
            KeysAndValues(layer, thread);
            if (queries.Count == 0) return;
            Attend(layer, queries, thread);
            float* hidden = _buffers.Hidden;
            if (last)
            {
                TakeLastRows(thread);
                hidden = _buffers.LastHidden;
            }

            _pool.Barrier();
            FeedForward(_weights.Layers[layer], hidden, queries.Count, thread);
        }
    }

    /// <summary>This thread's consecutive part of some items.</summary>
    public (int From, int To) Part(int count, int thread) =>
        ((int)((long)count * thread / _pool.Threads), (int)((long)count * (thread + 1) / _pool.Threads));

    private void KeysAndValues(int layer, int thread)
    {
        CpuLayer layerWeights = _weights.Layers[layer];
        Normalize(_buffers.Hidden, layerWeights.InputNorm, _step.RowCount, thread);
        GemmTile product = new()
        {
            A = _buffers.Normed,
            AStride = _buffers.HiddenStride,
            C = _buffers.QueryKeyValue,
            CStride = _buffers.QueryKeyValueStride,
            Addend = layerWeights.QueryKeyValueBias,
        };
        Multiply(layerWeights.QueryKeyValue, product, _step.RowCount, thread);
        (int from, int to) = Part(_step.RowCount, thread);
        for (int row = from; row < to; row++) RotateAndStore(layer, row);
        _pool.Barrier();
    }

    private void RotateAndStore(int layer, int row)
    {
        int position = _step.PositionOf(row), half = _config.HeadSize / 2;
        float* cosines = rotary.Cosines(position), sines = rotary.Sines(position);
        float* head = _buffers.QueryKeyValue + (nint)row * _buffers.QueryKeyValueStride;
        for (int i = 0; i < _config.HeadCount; i++, head += _config.HeadSize)
            RotaryEmbedding.Run(head, cosines, sines, half, _queryScale, head);
        if (!_step.Writes(row)) return;
        CpuKvCache cache = _step.SequenceOf(row).Cache;
        for (int i = 0; i < _config.KvHeadCount; i++, head += _config.HeadSize)
        {
            RotaryEmbedding.Run(head, cosines, sines, half, 1, head);
            cache.Store(layer, i, position, head, head + _config.KvSize);
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
            int stacked = job.Count * _config.HeadsPerKvHead;
            int tiles = (stacked + _kernels.TileRows - 1) / _kernels.TileRows;
            for (int kvHead = 0; kvHead < _config.KvHeadCount; kvHead++)
            {
                for (int tile = 0; tile < tiles; tile++)
                {
                    if (item++ % _pool.Threads != thread) continue;
                    int from = (int)((long)stacked * tile / tiles), to = (int)((long)stacked * (tile + 1) / tiles);
                    AttendTile(layer, kvHead, queries, job, from, to, _scratch[thread]);
                }
            }
        }
    }

    private void AttendTile(
        int layer, int kvHead, QuerySet queries, in AttentionJob job, int from, int to, ThreadScratch own)
    {
        int headsPerKv = _config.HeadsPerKvHead, size = _config.HeadSize;
        for (int i = from; i < to; i++)
        {
            int row = queries.Rows[job.First + i / headsPerKv], head = kvHead * headsPerKv + i % headsPerKv;
            float* query = _buffers.QueryKeyValue + (nint)row * _buffers.QueryKeyValueStride + head * size;
            new ReadOnlySpan<float>(query, size).CopyTo(new(own.Queries + (i - from) * own.HeadStride, size));
            own.BlockEnds[i - from] = job.Visibility.BlockEndFor(_step.PositionOf(row));
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
        _kernels.Attend(tile);
        for (int i = from; i < to; i++)
        {
            int query = job.First + i / headsPerKv, head = kvHead * headsPerKv + i % headsPerKv;
            float* attended = _buffers.Attended + (nint)query * _buffers.AttendedStride + head * size;
            new ReadOnlySpan<float>(own.AttendedHeads + (i - from) * own.HeadStride, size).CopyTo(new(attended, size));
        }
    }

    private void TakeLastRows(int thread)
    {
        (int from, int to) = Part(_step.Last.Count, thread);
        for (int query = from; query < to; query++)
        {
            float* row = _buffers.Hidden + (nint)_step.Last.Rows[query] * _buffers.HiddenStride;
            float* target = _buffers.LastHidden + (nint)query * _buffers.HiddenStride;
            new ReadOnlySpan<float>(row, _buffers.HiddenStride).CopyTo(new(target, _buffers.HiddenStride));
        }
    }

    /// <summary>Output projection, then the MLP, both added to the residual stream.</summary>
    private void FeedForward(CpuLayer layer, float* hidden, int rows, int thread)
    {
        GemmTile output = new()
        {
            A = _buffers.Attended,
            AStride = _buffers.AttendedStride,
            C = hidden,
            CStride = _buffers.HiddenStride,
            Addend = hidden,
            AddendStride = _buffers.HiddenStride,
        };
        Multiply(layer.Output, output, rows, thread);
        Normalize(hidden, layer.PostAttentionNorm, rows, thread);
        GateUp(layer.GateUp, rows, thread);
        _pool.Barrier();
        GemmTile down = output;
        down.A = _buffers.Mlp;
        down.AStride = _buffers.MlpStride;
        Multiply(layer.Down, down, rows, thread);
    }

    /// <summary>
    /// Computes a panel of gate and one of up at a time, so that their product stays in this thread's cache.
    /// </summary>
    private void GateUp(in PackedMatrix matrix, int rows, int thread)
    {
        const int panelRows = PackedMatrix.PanelRows;
        float* gateUp = _scratch[thread].GateUp;
        ProductPart part = ProductPart.Of(matrix.Panels / 2, rows, thread, _pool.Threads);
        GemmTile product = new()
        {
            A = _buffers.Normed + (nint)part.FirstRow * _buffers.HiddenStride,
            AStride = _buffers.HiddenStride,
            C = gateUp,
            CStride = 2 * panelRows,
        };
        for (int pair = part.FirstPanel; pair < part.EndPanel; pair++)
        {
            product.C = gateUp;
            _kernels.Gemm(matrix, 2 * pair, matrix.Panel(2 * pair + 1), product, part.Rows);
            product.C = gateUp + panelRows;
            byte* next = matrix.NextPanel(2 * pair + 1, 2 * part.EndPanel);
            _kernels.Gemm(matrix, 2 * pair + 1, next, product, part.Rows);
            float* mlp = _buffers.Mlp + (nint)part.FirstRow * _buffers.MlpStride + pair * panelRows;
            for (int row = 0; row < part.Rows; row++, mlp += _buffers.MlpStride)
            {
                float* gate = gateUp + row * 2 * panelRows;
                _kernels.SiluMul(gate, gate + panelRows, mlp, panelRows);
            }
        }
    }

    private void Normalize(float* hidden, float* norm, int rows, int thread)
    {
        (int from, int to) = Part(rows, thread);
        for (int row = from; row < to; row++)
        {
            nint offset = (nint)row * _buffers.HiddenStride;
            float* normed = _buffers.Normed + offset;
            _kernels.RmsNorm(hidden + offset, norm, _config.HiddenSize, _config.RmsNormEpsilon, normed);
        }

        _pool.Barrier();
    }

    /// <summary>Computes this thread's part of a product, then waits at the barrier.</summary>
    private void Multiply(in PackedMatrix matrix, GemmTile product, int rows, int thread)
    {
        ProductPart part = ProductPart.Of(matrix.Panels, rows, thread, _pool.Threads);
        int column = part.FirstPanel * PackedMatrix.PanelRows;
        product.A += part.FirstRow * product.AStride;
        product.C += part.FirstRow * product.CStride + column;
        if (product.Addend != null) product.Addend += part.FirstRow * product.AddendStride + column;
        for (int panel = part.FirstPanel; panel < part.EndPanel; panel++)
        {
            _kernels.Gemm(matrix, panel, matrix.NextPanel(panel, part.EndPanel), product, part.Rows);
            product.C += PackedMatrix.PanelRows;
            if (product.Addend != null) product.Addend += PackedMatrix.PanelRows;
        }

        _pool.Barrier();
    }
}
