using System.Text.Json;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;
using Xunit;

namespace PlannedDiffusion.TestKit;

/// <summary>Parameters of recorded runs, and the expected denoise steps.</summary>
internal static class GoldenParameters
{
    private const double ConfidenceTolerance = 1e-4;

    public static UnmaskPolicy Policy(JsonElement parameters)
    {
        string name = parameters.GetProperty("alg").GetString()!;
        float epsilon = parameters.GetProperty("eps").GetSingle();
        UnmaskScope scope = name.StartsWith("pd_", StringComparison.Ordinal) ? UnmaskScope.Span : UnmaskScope.Round;
        UnmaskPolicy policy = name.Replace("pd_", "", StringComparison.Ordinal) switch
        {
            "entropy" => new ScheduledUnmasking(ConfidenceKind.NegativeEntropy),
            "maskgit_plus" => new ScheduledUnmasking(ConfidenceKind.Probability),
            "topk_margin" => new ScheduledUnmasking(ConfidenceKind.Margin),
            "confidence_threshold" =>
                new ThresholdUnmasking(parameters.GetProperty("threshold").GetSingle()),
            _ => throw new InvalidDataException($"Unknown policy {name}."),
        };
        return policy with { Scope = scope, Epsilon = epsilon };
    }

    public static SamplingParams Sampling(JsonElement parameters) => new(
        0,
        parameters.Optional("top_p")?.GetSingle() ?? 1,
        parameters.Optional("top_k")?.GetInt32() ?? 0,
        0);

    public static void CheckSteps(JsonElement golden, IReadOnlyList<RecordedPass> actual)
    {
        JsonElement[] steps = [.. golden.EnumerateArray()];
        Assert.Equal(steps.Length, actual.Count);
        for (int i = 0; i < steps.Length; i++)
        {
            if (steps[i].Optional("q_len") is { } rows) Assert.Equal(rows.GetInt32(), actual[i].Rows);
            JsonElement[][] revealed =
                [.. steps[i].GetProperty("revealed").EnumerateArray().Select(e => e.EnumerateArray().ToArray())];
            Assert.Equal(
                revealed.Select(e => (e[0].GetInt32(), e[1].GetInt32())),
                actual[i].Revealed.Select(e => (e.Position, e.Token)));
            for (int k = 0; k < revealed.Length; k++)
                Assert.Equal(revealed[k][2].GetDouble(), actual[i].Revealed[k].Confidence, ConfidenceTolerance);
        }
    }
}
