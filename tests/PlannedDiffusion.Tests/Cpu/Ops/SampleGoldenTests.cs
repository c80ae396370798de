using System.Text.Json;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Cpu.Ops;

[Trait("Category", "Golden")]
public sealed class SampleGoldenTests(ITestOutputHelper output)
{
    [Fact]
    public void FiltersProbabilitiesAndConfidencesEqualTheRecordedOnes()
    {
        int rows = 0;
        foreach (string name in Golden.Names("samplers"))
        {
            JsonElement file = Golden.Read("samplers", name);
            float[] logits = Golden.ReadFloats(file.GetProperty("logits"));
            int vocabulary = file.GetProperty("logits").GetProperty("shape")[1].GetInt32();
            foreach (JsonElement recorded in file.GetProperty("cases").EnumerateArray())
            {
                for (int i = 0; i < logits.Length / vocabulary; i++, rows++)
                {
                    AssertRow(recorded, i, logits[(i * vocabulary)..((i + 1) * vocabulary)]);
                }
            }

            foreach (string special in new[] { "top_k_tie", "top_p_first_kept" })
            {
                JsonElement recorded = file.GetProperty(special);
                float[] row = Floats(recorded.GetProperty("logits"));
                Assert.Equal(recorded.GetProperty("kept_ids").Integers(), SampleRows.Kept(row, Settings(recorded)));
                rows++;
            }
        }

        Assert.True(rows > 0);
        output.WriteLine($"{rows} rows of {Golden.Root}/samplers");
    }

    private static void AssertRow(JsonElement recorded, int index, float[] logits)
    {
        SamplingParams sampling = Settings(recorded);
        Assert.Equal(recorded.GetProperty("kept_ids")[index].Integers(), SampleRows.Kept(logits, sampling));
        float[] expected = Floats(recorded.GetProperty("probs")[index]);
        double[] actual = SampleRows.Probabilities(logits, sampling);
        for (int id = 0; id < logits.Length; id++) Assert.Equal(expected[id], actual[id], 1e-6);

        if (!recorded.TryGetProperty("x0", out JsonElement tokens)) return;
        foreach ((ConfidenceKind kind, string key) in Confidences)
        {
            Candidate candidate = SampleRows.Candidate(logits, sampling, kind, mask: -1, uniform: 0);
            Assert.Equal(tokens[index].GetInt32(), candidate.Token);
            Assert.Equal(recorded.GetProperty(key)[index].GetSingle(), candidate.Confidence, 1e-5);
        }
    }

    private static readonly (ConfidenceKind Kind, string Key)[] Confidences =
    [
        (ConfidenceKind.Probability, "maxprob"),
        (ConfidenceKind.Margin, "margin"),
        (ConfidenceKind.NegativeEntropy, "neg_entropy"),
    ];

    private static SamplingParams Settings(JsonElement recorded) => new(
        recorded.Optional("temperature")?.GetSingle() ?? 0,
        recorded.Optional("top_p")?.GetSingle() ?? 1,
        recorded.Optional("top_k")?.GetInt32() ?? 0,
        Seed: 0);

    private static float[] Floats(JsonElement list) => [.. list.EnumerateArray().Select(e => e.GetSingle())];
}
