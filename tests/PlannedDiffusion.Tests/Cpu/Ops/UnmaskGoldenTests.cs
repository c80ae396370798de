using System.Text.Json;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Cpu.Ops;

[Trait("Category", "Golden")]
public sealed class UnmaskGoldenTests(ITestOutputHelper output)
{
    [Fact]
    public void ThresholdRoundsRevealTheRecordedPositions()
    {
        int steps = 0, rounds = 0, repaired = 0;
        foreach (JsonElement round in Cases("pd_confidence_threshold_schedule"))
        {
            int[][] spans = [.. round.GetProperty("spans").EnumerateArray().Select(s => s.Integers())];
            int[] carry = new int[spans.Length];
            bool fillers = false;
            foreach (JsonElement record in round.GetProperty("records").EnumerateArray())
            {
                // The original records nothing for the step in which it fails.
                if (record.GetProperty("i").GetInt32() == FailedStep(round)) continue;
                AssertStep(round, record, spans, carry, ref fillers);
                steps++;
            }

            rounds++;
            if (FailedStep(round) is not null) repaired++;
        }

        Assert.True(rounds > 0);
        output.WriteLine($"{steps} steps of {rounds} rounds ({repaired} up to where the original fails)");
    }

    private static void AssertStep(
        JsonElement round, JsonElement record, int[][] spans, int[] carry, ref bool fillers)
    {
        int[] masked = record.GetProperty("masked_positions").Integers();
        float[] confidences = [.. record.GetProperty("confidence").EnumerateArray().Select(c => c.GetSingle())];
        int step = record.GetProperty("i").GetInt32();
        var revealed = new List<int>();
        for (int s = 0; s < spans.Length; s++)
        {
            int[] own = [.. Enumerable.Range(0, masked.Length).Where(i => InSpan(masked[i], spans[s]))];
            UnmaskGroup group = UnmaskTests.Group(UnmaskRule.Threshold) with
            {
                StepsLeft = Math.Max(0, round.GetProperty("steps").GetInt32() - step),
                Threshold = round.GetProperty("threshold").GetSingle(),
                ResetCarry = step == 0,
            };
            fillers |= Candidates(group, own.Length, carry[s]) > own.Length;
            float[] confidencesOfSpan = [.. own.Select(i => confidences[i])];
            revealed.AddRange(UnmaskTests.Select(group, confidencesOfSpan, ref carry[s]).Select(i => masked[own[i]]));
        }

        Assert.Equal(record.GetProperty("revealed").Integers(), revealed.Order());
        // Without masks left, the original counts unmasked positions as rejected. This engine never does.
        if (!fillers) Assert.Equal(record.GetProperty("left_after").Integers(), carry);
    }

    private static int? FailedStep(JsonElement round) => round.Optional("error")?.GetProperty("step").GetInt32();

    private static int Candidates(in UnmaskGroup group, int masks, int carry) =>
        masks == 0 ? 0 : Math.Max(1, group.StepsLeft > 0 ? masks / group.StepsLeft : 1) + carry;

    private static bool InSpan(int position, int[] span) => position >= span[0] && position < span[1];

    private static IEnumerable<JsonElement> Cases(string kind)
    {
        foreach (string name in Golden.Names("schedule"))
        {
            JsonElement file = Golden.Read("schedule", name);
            if (file.GetProperty("kind").GetString() != kind) continue;
            foreach (JsonElement round in file.GetProperty("cases").EnumerateArray()) yield return round;
        }
    }
}
