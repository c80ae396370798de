using BenchmarkDotNet.Attributes;
using PlannedDiffusion.Bench.Host;

namespace PlannedDiffusion.Microbenchmarks;

/// <summary>The other operations of <c>pd-bench ops</c>, in the 0.5B shape, on one thread.</summary>
[MemoryDiagnoser]
[CategoriesColumn]
public class OpBenchmarks : IDisposable
{
    private RotatedInputs _inputs = null!;
    private ModelOps _ops = null!;
    private TimedOp _op = null!;
    private int _set;

    [Params(1, 8, 64)]
    public int Rows { get; set; }

    [GlobalCleanup]
    public void Dispose()
    {
        _ops.Dispose();
        _inputs.Dispose();
        GC.SuppressFinalize(this);
    }

    [GlobalSetup(Target = nameof(Embedding))]
    public void SetupEmbedding() => Take("embedding");

    [GlobalSetup(Target = nameof(RmsNorm))]
    public void SetupRmsNorm() => Take("rms_norm");

    [GlobalSetup(Target = nameof(Rotary))]
    public void SetupRotary() => Take("rotary");

    [GlobalSetup(Target = nameof(ProductGateUp))]
    public void SetupProductGateUp() => Take("product_gate_up");

    [GlobalSetup(Target = nameof(ProductDown))]
    public void SetupProductDown() => Take("product_down");

    [GlobalSetup(Target = nameof(ProductLogits))]
    public void SetupProductLogits() => Take("product_logits");

    [GlobalSetup(Target = nameof(SiluMul))]
    public void SetupSiluMul() => Take("silu_mul");

    [GlobalSetup(Target = nameof(SampleGreedy))]
    public void SetupSampleGreedy() => Take("sample_greedy");

    [GlobalSetup(Target = nameof(SampleFiltered))]
    public void SetupSampleFiltered() => Take("sample_top_p_top_k");

    [GlobalSetup(Target = nameof(Unmask))]
    public void SetupUnmask() => Take("unmask");

    [Benchmark]
    [BenchmarkCategory("memory")]
    public void Embedding() => Run();

    [Benchmark]
    [BenchmarkCategory("rows")]
    public void RmsNorm() => Run();

    [Benchmark]
    [BenchmarkCategory("rows")]
    public void Rotary() => Run();

    [Benchmark]
    [BenchmarkCategory("products")]
    public void ProductGateUp() => Run();

    [Benchmark]
    [BenchmarkCategory("products")]
    public void ProductDown() => Run();

    [Benchmark]
    [BenchmarkCategory("products")]
    public void ProductLogits() => Run();

    [Benchmark]
    [BenchmarkCategory("rows")]
    public void SiluMul() => Run();

    [Benchmark]
    [BenchmarkCategory("sampling")]
    public void SampleGreedy() => Run();

    [Benchmark]
    [BenchmarkCategory("sampling")]
    public void SampleFiltered() => Run();

    [Benchmark]
    [BenchmarkCategory("sampling")]
    public void Unmask() => Run();

    private void Take(string name)
    {
        _inputs = new RotatedInputs(320 << 20); // the output head is the largest
        _ops = new ModelOps(ModelShapes.Find("0.5b"), _inputs, threads: 1);
        _op = _ops.For(Rows, ["bf16"]).First(op => op.Name == name).Op;
    }

    private void Run() => _op.Run(0, _set++ % _op.Sets);
}
