using BenchmarkDotNet.Attributes;
using PlannedDiffusion.Cpu;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Bench;

/// <summary>One panel stream of gate and up of the 0.5B shape, on one thread: 17 MB of bf16.</summary>
[MemoryDiagnoser]
public unsafe class GemmBenchmarks
{
    private const int Outputs = 9728, Inputs = 896;
    private readonly CpuKernels _kernels = CpuKernels.For(SimdWidth.Widest);
    private NativeBuffer _weights = null!, _inputs = null!, _outputs = null!;
    private PackedMatrix _matrix;

    [Params(1, 8, 32, 64, 128, 256)]
    public int Rows { get; set; }

    /// <summary>Operations of one call, for GFLOP/s.</summary>
    public double Flops => 2.0 * Rows * Outputs * Inputs;

    [GlobalSetup]
    public void Setup()
    {
        _weights = NativeBuffer.Allocate(PackedMatrix.SizeOf(true, Outputs, Inputs));
        _inputs = NativeBuffer.AllocateFloats((nint)Rows * Inputs);
        _outputs = NativeBuffer.AllocateFloats((nint)Rows * Outputs);
        new Span<ushort>(_weights.Data, Outputs * Inputs).Fill(0x3C01);
        new Span<float>(_inputs.Floats, Rows * Inputs).Fill(0.25f);
        _matrix = new PackedMatrix(true, Outputs, Inputs, _weights.Data);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _weights.Dispose();
        _inputs.Dispose();
        _outputs.Dispose();
    }

    [Benchmark]
    public void Gemm()
    {
        GemmTile tile = new() { A = _inputs.Floats, AStride = Inputs, CStride = Outputs };
        for (int panel = 0; panel < _matrix.Panels; panel++)
        {
            tile.C = _outputs.Floats + panel * PackedMatrix.PanelRows;
            _kernels.Gemm(_matrix, panel, _matrix.NextPanel(panel, _matrix.Panels), tile, Rows);
        }
    }
}

/// <summary>Six queries of 64 over some keys, and one norm of a 0.5B row.</summary>
[MemoryDiagnoser]
public unsafe class RowBenchmarks
{
    private const int HeadSize = 64, Rows = 6, Hidden = 896;
    private readonly CpuKernels _kernels = CpuKernels.For(SimdWidth.Widest);
    private NativeBuffer _buffer = null!;
    private AttentionTile _tile;

    [Params(64, 256, 1024)]
    public int Keys { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        int scoreStride = Keys + 48, heads = Rows * HeadSize;
        _buffer = NativeBuffer.AllocateFloats(2 * Keys * HeadSize + 2 * heads + Rows * scoreStride + 16 + 3 * Hidden);
        new Span<float>(_buffer.Floats, 2 * Keys * HeadSize + heads).Fill(0.1f);
        float* next = _buffer.Floats;
        _tile = new AttentionTile { Rows = Rows, HeadSize = HeadSize, HeadStride = HeadSize, PrefixEnd = Keys };
        _tile.BlockStart = Keys;
        _tile.KeyPanels = Take(Keys * HeadSize);
        _tile.Values = Take(Keys * HeadSize);
        _tile.Queries = Take(heads);
        _tile.Output = Take(heads);
        _tile.Scores = Take(Rows * scoreStride);
        _tile.ScoreStride = scoreStride;
        _tile.BlockEnds = (int*)Take(16);

        float* Take(int count)
        {
            float* taken = next;
            next += count;
            return taken;
        }
    }

    [GlobalCleanup]
    public void Cleanup() => _buffer.Dispose();

    [Benchmark]
    public void Attention() => _kernels.Attend(_tile);

    [Benchmark]
    public void RmsNorm()
    {
        float* rows = _buffer.Floats;
        _kernels.RmsNorm(rows, rows + Hidden, Hidden, 1e-6f, _tile.Scores);
    }
}

/// <summary>One row of logits to a candidate.</summary>
[MemoryDiagnoser]
public class SampleBenchmarks
{
    private float[] _logits = [];
    private SampleScratch _scratch = null!;

    [Params(32000, 151936)]
    public int Vocabulary { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        _logits = [.. Enumerable.Range(0, Vocabulary).Select(_ => random.NextSingle() * 10)];
        _scratch = new SampleScratch(Vocabulary);
    }

    [Benchmark]
    public int GreedyWithEntropy() => Run(SamplingParams.Greedy);

    [Benchmark]
    public int TemperatureTopPTopK() => Run(new SamplingParams(0.2f, 0.95f, 50, 1));

    private int Run(SamplingParams sampling) =>
        SampleCandidate.Run(_logits, sampling, ConfidenceKind.NegativeEntropy, Vocabulary - 1, 0.5f, _scratch).Token;
}
