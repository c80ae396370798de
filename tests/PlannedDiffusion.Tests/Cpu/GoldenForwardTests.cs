using PlannedDiffusion.Cpu;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Cpu;

/// <summary>Recorded forward passes through the CPU runner at every vector width.</summary>
[Trait("Category", "Golden")]
public sealed class GoldenForwardTests
{
    [Theory]
    [MemberData(nameof(CpuRunners.Widths), MemberType = typeof(CpuRunners))]
    public void LogitsOfAllRecordedPassesAgree(SimdWidth width)
    {
        IReadOnlyList<string> names = Golden.Names("forward");
        int cases = 0;
        double worst = 0;
        foreach (GoldenForward pass in names.Select(GoldenForward.Read))
        {
            foreach (string model in SameWeights(pass.Model))
            {
                worst = Math.Max(worst, LargestDifference(pass, model, width));
                cases++;
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{width}: {cases} passes, largest difference {worst:G3}");
        Assert.True(cases >= names.Count);
        Assert.InRange(worst, 0, Tolerances.GoldenLogits);
    }

    // The sharded checkpoint holds the bf16 weights, and has no recordings of its own.
    private static IEnumerable<string> SameWeights(string model) =>
        GoldenModels.Names.Where(name => name == model || (model.EndsWith("-bf16", StringComparison.Ordinal)
            && name == model.Replace("-bf16", "-sharded", StringComparison.Ordinal)));

    private static double LargestDifference(GoldenForward pass, string model, SimdWidth width)
    {
        using CpuModelRunner runner = CpuRunners.Load(GoldenModels.Folder(model), threads: 2, width);
        int sequence = runner.OpenSequence(pass.Ids.Length);
        runner.WriteTokens(sequence, 0, pass.Ids);
        var step = new ForwardStep();
        pass.AddTo(step, sequence);
        step.AddLogits(sequence, new TokenRange(0, pass.Ids.Length));
        runner.Forward(step);

        var logits = new float[runner.Config.VocabularySize];
        double worst = 0;
        for (int row = 0; row < pass.Ids.Length; row++)
        {
            runner.ReadLogits(row, logits);
            for (int i = 0; i < logits.Length; i++)
                worst = Math.Max(worst, Math.Abs(logits[i] - pass.Logits[row * logits.Length + i]));
            Assert.False(double.IsNaN(worst), $"{pass.Name} row {row} has NaN");
        }

        return worst;
    }
}
