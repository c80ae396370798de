using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Cpu.Simd;
using PlannedDiffusion.Cpu.Steps;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Bench.Host;

/// <summary>An operation of a step with name and shape. <c>Way</c> names the variant if there are several.</summary>
internal sealed record NamedOp(string Name, string Shape, string Type, int Rows, TimedOp Op, string? Way = null);

/// <summary>The operations of a step except attention, in a model's shapes.</summary>
internal sealed unsafe class ModelOps(ModelConfig config, RotatedInputs inputs, int threads) : IDisposable
{
    private const float Epsilon = 1e-6f;
    public const int MostSampled = 16; // the most rows of logits in a call: more would only take longer
    private readonly CpuKernels _kernels = CpuKernels.For(SimdWidth.Widest);
    private readonly List<NativeBuffer> _outputs = [];
    private readonly SampleScratch[] _scratch =
        [.. Enumerable.Range(0, threads).Select(_ => new SampleScratch(config.VocabularySize))];

    /// <summary>The operations for a number of rows, with matrix products for each type of weights.</summary>
    public IEnumerable<NamedOp> For(int rows, IReadOnlyList<string> types)
    {
        int hidden = config.HiddenSize, mlp = config.IntermediateSize, kv = config.KvHeadCount * config.HeadSize;
        yield return Embed(rows);
        yield return Norm(rows);
        yield return Rotate(rows);
        foreach (string type in types)
        {
            bool half = type == "bf16";
            yield return Product("product_qkv", rows, hidden, config.HeadCount * config.HeadSize + (2 * kv), half);
            yield return Product("product_output", rows, config.HeadCount * config.HeadSize, hidden, half);
            yield return Product("product_gate_up", rows, hidden, 2 * mlp, half);
            yield return Product("product_down", rows, mlp, hidden, half);
            yield return Product("product_logits", rows, hidden, config.VocabularySize, half);
        }

        yield return Silu(rows);
        yield return Sample("sample_greedy", rows, SamplingParams.Greedy);
        yield return Sample("sample_top_p_top_k", rows, new SamplingParams(0.2f, 0.95f, 50, 1));
        yield return Reveal(rows);
    }

    public void Dispose()
    {
        foreach (NativeBuffer output in _outputs) output.Dispose();
    }

    private NamedOp Embed(int rows)
    {
        int hidden = config.HiddenSize, set = checked((int)PackedMatrix.SizeOf(true, 64, hidden) / sizeof(float));
        float* result = Output(rows * hidden);
        // Each row comes from another panel, like the rows of different tokens.
        return new NamedOp("embedding", $"{hidden}", "bf16", rows, new TimedOp(
            0, (double)rows * hidden * (sizeof(ushort) + sizeof(float)), inputs.Sets(set), (thread, first) =>
            {
                for (int row = From(rows, thread); row < From(rows, thread + 1); row++)
                {
                    var matrix = new PackedMatrix(
                        true, 64, hidden, (byte*)inputs.Set((first + row) % inputs.Sets(set), set));
                    Embedding.Run(matrix, row * 7 % 64, result + ((nint)row * hidden));
                }
            }));
    }

    private NamedOp Norm(int rows)
    {
        int hidden = config.HiddenSize, stride = Padding.ToVector(hidden);
        float* weight = Output(stride), result = Output(rows * stride);
        return Rowwise("rms_norm", rows, $"{hidden}", 4.0 * hidden, 2.0 * hidden, stride, (_, row, source) =>
            _kernels.RmsNorm(source, weight, hidden, Epsilon, result + ((nint)row * stride)));
    }

    private NamedOp Rotate(int rows)
    {
        int heads = config.HeadCount + config.KvHeadCount, size = config.HeadSize, stride = heads * size;
        float* table = Output(size), result = Output(rows * stride);
        string shape = $"{heads} heads of {size}";
        return Rowwise("rotary", rows, shape, 3.0 * stride, 2.0 * stride, stride, (_, row, source) =>
        {
            for (int head = 0; head < heads; head++)
            {
                RotaryEmbedding.Run(
                    source + (head * size), table, table + (size / 2), size / 2, 1,
                    result + ((nint)row * stride) + (head * size));
            }
        });
    }

    private NamedOp Silu(int rows)
    {
        int mlp = Padding.ToVector(config.IntermediateSize);
        float* result = Output(rows * mlp);
        return Rowwise("silu_mul", rows, $"{mlp}", 5.0 * mlp, 3.0 * mlp, 2 * mlp, (_, row, source) =>
            _kernels.SiluMul(source, source + mlp, result + ((nint)row * mlp), mlp));
    }

    private delegate void RowWork(int thread, int row, float* source);

    /// <summary>An operation on each row alone. The rows of a set are contiguous.</summary>
    private NamedOp Rowwise(
        string name, int rows, string shape, double flops, double floats, int stride, RowWork work)
    {
        nint set = (nint)rows * stride;
        return new NamedOp(name, shape, "f32", rows, new TimedOp(
            rows * flops, rows * floats * sizeof(float), inputs.Sets(set), (thread, index) =>
            {
                float* source = inputs.Set(index, set);
                for (int row = From(rows, thread); row < From(rows, thread + 1); row++)
                    work(thread, row, source + ((nint)row * stride));
            }));
    }

    private NamedOp Product(string name, int rows, int columns, int outputs, bool half)
    {
        nint set = PackedMatrix.SizeOf(half, outputs, columns) / sizeof(float);
        int stride = Padding.ToPanel(outputs), rowStride = Padding.ToVector(columns);
        float* activations = Output(rows * rowStride), result = Output((nint)rows * stride);
        new Span<float>(activations, rows * rowStride).Fill(0.25f);
        double bytes = (set * sizeof(float)) + ((double)rows * (columns + outputs) * sizeof(float));
        return new NamedOp(name, $"{columns} to {outputs}", half ? "bf16" : "f32", rows, new TimedOp(
            2.0 * rows * columns * outputs, bytes, inputs.Sets(set), (thread, index) =>
            {
                var matrix = new PackedMatrix(half, outputs, columns, (byte*)inputs.Set(index, set));
                ProductPart part = ProductPart.Of(matrix.Panels, rows, thread, threads);
                GemmTile tile = new()
                {
                    A = activations + (part.FirstRow * rowStride),
                    AStride = rowStride,
                    CStride = stride,
                };
                for (int panel = part.FirstPanel; panel < part.EndPanel; panel++)
                {
                    tile.C = result + ((nint)part.FirstRow * stride) + (panel * PackedMatrix.PanelRows);
                    _kernels.Gemm(matrix, panel, matrix.NextPanel(panel, part.EndPanel), tile, part.Rows);
                }
            }));
    }

    private NamedOp Sample(string name, int rows, SamplingParams sampling)
    {
        int sampled = Math.Min(rows, MostSampled), vocabulary = config.VocabularySize;
        int stride = Padding.ToVector(vocabulary);
        return Rowwise(name, sampled, $"{vocabulary}", 0, vocabulary, stride, (thread, _, source) =>
            _kernels.SampleCandidate(
                new ReadOnlySpan<float>(source, vocabulary), sampling, ConfidenceKind.NegativeEntropy, vocabulary - 1,
                0.5f, _scratch[thread]));
    }

    /// <summary>Ranks the candidates of a span and takes half of them, on one thread, like a step does.</summary>
    private NamedOp Reveal(int rows)
    {
        var ranking = new int[rows];
        var keys = new ulong[rows];
        var group = new UnmaskGroup
        {
            Sequence = 0,
            Positions = new TokenRange(1, 1 + rows),
            Sampling = SamplingParams.Greedy,
            Rule = UnmaskRule.Scheduled,
            Count = rows / 2,
        };
        return new NamedOp("unmask", "one span", "f32", rows, new TimedOp(
            0, (double)rows * sizeof(float), inputs.Sets(rows), (thread, index) =>
            {
                if (thread != 0) return;
                int carry = 0;
                Unmask.Select(group, new ReadOnlySpan<float>(inputs.Set(index, rows), rows), ref carry, ranking, keys);
            }));
    }

    private int From(int rows, int thread) => (int)((long)rows * thread / threads);

    private float* Output(nint floats)
    {
        var buffer = NativeBuffer.AllocateFloats(floats);
        _outputs.Add(buffer);
        return buffer.Floats;
    }
}
