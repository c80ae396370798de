using PlannedDiffusion.Cpu;
using PlannedDiffusion.Cpu.Loading;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Cpu.Simd;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Weights;
using Xunit;

namespace PlannedDiffusion.Tests.Cpu;

/// <summary>Weights are packed in the requested type, and the memory check uses this type.</summary>
public sealed class CpuPrecisionTests
{
    private static readonly int[] Prompt = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5];

    public static TheoryData<SimdWidth> Widths => CpuRunners.Widths;

    /// <summary>A bf16 value in f32 is the same number, and products are added in the same order.</summary>
    [Theory]
    [MemberData(nameof(Widths))]
    public void WiderWeightsGiveTheSameBits(SimdWidth width)
    {
        using ModelWeights weights = TinyModels.InMemory(TinyModels.Config(), DType.BF16);
        float[] stored = Logits(weights, null, width);
        Assert.Equal(stored, Logits(weights, Precision.F32, width));
        Assert.Equal(stored, Logits(weights, Precision.BF16, width));
    }

    /// <summary>
    /// As a checkpoint that was rounded when it was stored, except for its vectors, which stay unrounded.
    /// </summary>
    [Theory]
    [MemberData(nameof(Widths))]
    public void NarrowerWeightsAreRounded(SimdWidth width)
    {
        ModelConfig config = TinyModels.Config();
        HashSet<string> matrices =
            [.. WeightNames.All(config).Where(weight => weight.Shape.Count == 2).Select(weight => weight.Name)];
        using ModelWeights full = TinyModels.InMemory(config, DType.F32);
        using ModelWeights rounded =
            TinyModels.InMemory(config, name => matrices.Contains(name) ? DType.BF16 : DType.F32);
        Assert.Equal(Logits(rounded, null, width), Logits(full, Precision.BF16, width));
        Assert.Equal(Logits(full, null, width), Logits(full, Precision.F32, width));
        Assert.NotEqual(Logits(full, null, width), Logits(full, Precision.BF16, width));
    }

    /// <summary>The memory check, the bytes that a runner reads, and the report agree.</summary>
    [Theory]
    [InlineData(DType.BF16, null, DType.BF16)]
    [InlineData(DType.BF16, Precision.F32, DType.F32)]
    [InlineData(DType.F32, null, DType.F32)]
    [InlineData(DType.F32, Precision.BF16, DType.BF16)]
    [InlineData(DType.F16, null, DType.F32)]
    [InlineData(DType.F16, Precision.BF16, DType.BF16)]
    public void TheNeedFollowsTheType(DType stored, Precision? precision, DType packed)
    {
        ModelConfig config = TinyModels.Config(hidden: 128, mlp: 256, heads: 8, vocabulary: 512);
        using var folder = new TemporaryDirectory();
        TinyModels.WriteTo(folder.Path, config, stored);
        using ModelWeights weights = ModelWeights.Load(folder.Path);
        RunnerLimits limits = new RunnerOptions().LimitsFor(config);
        int tileRows = CpuKernels.For(SimdWidth.Widest).TileRows;
        var packing = new WeightPacking(precision);
        long need = MemoryNeed.Of(weights, packing, limits, 1, tileRows).Weights;
        long elements = WeightNames.All(config).Sum(weight => weight.ElementCount);
        long each = packed == DType.F32 ? 4 : 2;
        Assert.InRange(need, each * elements, (long)(1.02 * each * elements)); // vectors are f32
        var summary = CheckpointSummary.Read(folder.Path);
        DType? type = precision switch { null => null, Precision.F32 => DType.F32, _ => DType.BF16 };
        Assert.Equal(each * elements, summary.Estimate(1, 1, type).WeightBytes);
        using CpuModelRunner runner =
            CpuModelRunner.Create(weights, new RunnerOptions { Threads = 1, Precision = precision });
        Assert.InRange(runner.WeightBytesPerStep, 0.7 * each * elements, each * elements);
    }

    [Fact]
    public void AnUnknownPrecisionIsRefused()
    {
        using ModelWeights weights = TinyModels.InMemory(TinyModels.Config());
        var refusal = Assert.Throws<ArgumentOutOfRangeException>(
            () => CpuModelRunner.Create(weights, new RunnerOptions { Precision = (Precision)2 }));
        Assert.Equal("Precision", refusal.ParamName);
        Assert.StartsWith("Precision is 2; it must be ", refusal.Message, StringComparison.Ordinal);
        refusal = Assert.Throws<ArgumentOutOfRangeException>(
            () => CpuModelRunner.Create(weights, new RunnerOptions { Threads = -1 }));
        Assert.StartsWith("Threads is -1; it must be ", refusal.Message, StringComparison.Ordinal);
    }

    private static float[] Logits(ModelWeights weights, Precision? precision, SimdWidth width)
    {
        using CpuModelRunner runner = CpuModelRunner.Create(
            weights,
            new RunnerOptions { Threads = 2, Precision = precision },
            new CpuRunnerOptions { Simd = width });
        int sequence = runner.OpenSequence(Prompt.Length);
        runner.WriteTokens(sequence, 0, Prompt);
        var step = new ForwardStep();
        step.AddRows(sequence, new TokenRange(0, Prompt.Length), AttentionRange.CausalFrom(0, Prompt.Length));
        step.AddLogits(sequence, new TokenRange(0, Prompt.Length));
        runner.Forward(step);
        var logits = new float[Prompt.Length * runner.Config.VocabularySize];
        for (int row = 0; row < Prompt.Length; row++)
        {
            runner.ReadLogits(
                row, logits.AsSpan(row * runner.Config.VocabularySize, runner.Config.VocabularySize));
        }

        return logits;
    }
}
