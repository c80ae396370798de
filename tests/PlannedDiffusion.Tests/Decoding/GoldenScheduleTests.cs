using System.Text.Json;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>The arithmetic of the policies against recorded schedules.</summary>
[Trait("Category", "Golden")]
public sealed class GoldenScheduleTests(ITestOutputHelper output)
{
    [Fact]
    public void CountsPerStepAreThoseOfTheFixedSchedule()
    {
        int ran = 0;
        foreach (JsonElement golden in Cases("pd_schedule"))
        {
            int steps = golden.GetProperty("steps").GetInt32();
            float epsilon = golden.GetProperty("eps").GetSingle();
            var schedule = new UnmaskSchedule(steps, epsilon);
            int[] left = golden.GetProperty("sizes").Integers();
            JsonElement[] expected = [.. golden.GetProperty("revealed_per_step").EnumerateArray()];
            for (int step = 0; step < expected.Length; step++)
            {
                int[] counts = [.. left.Select(masks => schedule.Count(step, masks, 1))];
                Assert.Equal(expected[step].Integers(), counts);
                left = [.. left.Zip(counts, (masks, count) => masks - count)];
            }

            Assert.All(left, masks => Assert.Equal(0, masks));
            if (golden.Optional("timesteps") is { } times)
            {
                float[] expectedTimes = [.. times.EnumerateArray().Select(time => time.GetSingle())];
                for (int i = 0; i <= steps; i++)
                    Assert.Equal(expectedTimes[i], UnmaskSchedule.Time(i, steps, epsilon), 2e-7);
            }

            ran++;
        }

        output.WriteLine($"{ran} schedules");
        Assert.True(ran > 0);
    }

    [Fact]
    public void ThresholdStepsRevealTheRecordedPositions()
    {
        int ran = 0, died = 0;
        foreach (JsonElement golden in Cases("pd_confidence_threshold_schedule"))
        {
            int[][] spans = [.. golden.GetProperty("spans").EnumerateArray().Select(span => span.Integers())];
            var schedule = new UnmaskSchedule(golden.GetProperty("steps").GetInt32());
            var policy = new ThresholdUnmasking(golden.GetProperty("threshold").GetSingle());
            var carry = new int[spans.Length];
            JsonElement[] records = [.. golden.GetProperty("records").EnumerateArray()];
            bool dies = IntendedDifferences.ThresholdFails(golden);
            foreach (JsonElement record in dies ? records[..^1] : records)
                CheckThresholdStep(record, spans, policy, schedule, carry);
            died += dies ? 1 : 0;
            ran++;
        }

        output.WriteLine($"{ran} threshold schedules, in {died} of them the reference dies");
        Assert.True(ran > 0);
    }

    [Fact]
    public void MasksLeftAreThoseOfTheReleasedModelsRuns()
    {
        string[] lines = File.ReadAllLines(Repository.PathTo("bench", "workloads", "trajectories.jsonl"));
        Assert.Equal(23, lines.Length);
        foreach (string line in lines)
        {
            JsonElement run = JsonDocument.Parse(line).RootElement;
            int[] recorded = run.GetProperty("masks").Integers();
            int longest = run.GetProperty("rounds_max").GetInt32();
            int steps = Math.Max(1, (int)(longest * run.GetProperty("ratio").GetDouble()));
            var schedule = new UnmaskSchedule(steps);
            var left = new List<int> { run.GetProperty("length").GetInt32() };
            for (int step = 0; step < steps; step++) left.Add(left[step] - schedule.Count(step, left[step], 1));
            Assert.Equal(recorded, left);
        }
    }

    private static void CheckThresholdStep(
        JsonElement record, int[][] spans, ThresholdUnmasking policy, UnmaskSchedule schedule, int[] carry)
    {
        int step = record.GetProperty("i").GetInt32();
        int[] masked = record.GetProperty("masked_positions").Integers();
        double[] confidences = [.. record.GetProperty("confidence").EnumerateArray().Select(c => c.GetDouble())];
        var revealed = new List<int>();
        for (int s = 0; s < spans.Length; s++)
        {
            var range = new TokenRange(spans[s][0], spans[s][1]);
            List<ReferenceCandidate> candidates = [.. masked.Zip(confidences)
                .Where(pair => range.Contains(pair.First))
                .Select(pair => new ReferenceCandidate(pair.First, 0, pair.Second))];
            UnmaskGroup group = policy.Decide(
                new UnmaskGroup
                {
                    Sequence = 0,
                    Positions = range,
                    Sampling = SamplingParams.Greedy,
                    Rule = UnmaskRule.Threshold,
                },
                schedule,
                step,
                candidates.Count);
            revealed.AddRange(ReferenceSampler.Select(candidates, group, ref carry[s]).Select(c => c.Position));
        }

        Assert.Equal(record.GetProperty("revealed").Integers().Order(), revealed.Order());
    }

    private static IEnumerable<JsonElement> Cases(string kind) =>
        Golden.Names("schedule").Select(name => Golden.Read("schedule", name))
            .Where(file => file.GetProperty("kind").GetString() == kind)
            .SelectMany(file => file.GetProperty("cases").EnumerateArray());
}
