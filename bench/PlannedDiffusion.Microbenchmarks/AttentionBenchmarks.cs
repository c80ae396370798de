using BenchmarkDotNet.Attributes;
using PlannedDiffusion.Bench.Host;

namespace PlannedDiffusion.Microbenchmarks;

/// <summary>Attention of a denoise step on one thread, by ranges or by a mask over all keys.</summary>
[MemoryDiagnoser]
[CategoriesColumn]
public class AttentionBenchmarks : IDisposable
{
    private RotatedInputs _inputs = null!;
    private AttentionOps _ops = null!;
    private TimedOp _isolated = null!, _dense = null!, _masked = null!;
    private int _set;

    [Params(192, 768)]
    public int Prefix { get; set; }

    /// <summary>Number of spans x length of a span.</summary>
    [Params("1x64", "4x64", "8x32")]
    public string Spans { get; set; } = "";

    [Params(64, 128)]
    public int HeadSize { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        int[] spans = [.. Spans.Split('x').Select(int.Parse)];
        _inputs = new RotatedInputs(128 << 20);
        _ops = new AttentionOps(new AttentionCase(Prefix, spans[0], spans[1], 14, 2, HeadSize), _inputs, threads: 1);
        (_isolated, _dense, _masked) = (_ops.Ranges(isolated: true), _ops.Ranges(isolated: false), _ops.Masked());
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _ops.Dispose();
        _inputs.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("attention", "masked")]
    public void Masked() => Run(_masked);

    [Benchmark]
    [BenchmarkCategory("attention", "ranges")]
    public void Dense() => Run(_dense);

    [Benchmark]
    [BenchmarkCategory("attention", "ranges")]
    public void Isolated() => Run(_isolated);

    private void Run(TimedOp op) => op.Run(0, _set++ % op.Sets);
}
