using System.Text.Json;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;
using PlannedDiffusion.TestKit;
using Xunit;
using Unmask = PlannedDiffusion.Cpu.Ops.Unmask;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Launch;

public sealed class UnmaskTests(TestDevice device, ITestOutputHelper output) : KernelTests(device)
{
    private const int Pool = 9000, Offset = 1000;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 8)]
    [InlineData(7, 3)]
    [InlineData(64, 4)]
    [InlineData(512, 1)]
    [InlineData(700, 2)]
    public void AgreesWithTheHostForEveryRule(int size, int blocks)
    {
        var random = new Random(size);
        var groups = new List<Group>();
        for (int i = 0; i < 15; i++)
        {
            // Tenths, so that ties and values at the threshold are common; NaN and zeros of both signs, too.
            Func<float> confidence = () => random.Next(14) is var n && n < 11 ? n / 10f : n == 11 ? float.NaN : -0f;
            int count = i == 0 ? 0 : random.Next(1, size + 1);
            groups.Add(new Group(
                new StepGroup
                {
                    Rule = i % 5,
                    Reveal = random.Next(-1, size + 2),
                    StepsLeft = random.Next(4),
                    Threshold = random.Next(i % 5 == 4 ? 100 : 11) / 10f,
                    Counter = i % 5 >= 2 ? i : -1,
                    ResetCarry = random.Next(2),
                },
                [.. Enumerable.Range(0, count).Select(_ => confidence())],
                [.. Enumerable.Range(0, count).Select(_ => random.Next(4) > 0)],
                Carry: random.Next(5)));
        }

        Check(groups, blocks);
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void ThresholdRoundsRevealTheRecordedPositions()
    {
        int steps = 0;
        foreach (JsonElement round in ThresholdRounds())
        {
            int[][] spans = [.. round.GetProperty("spans").EnumerateArray().Select(span => span.Integers())];
            int[] carry = new int[spans.Length];
            int? failed = round.Optional("error")?.GetProperty("step").GetInt32();
            foreach (JsonElement record in round.GetProperty("records").EnumerateArray())
            {
                int step = record.GetProperty("i").GetInt32();
                if (step == failed) continue; // the original fails here and records nothing
                CheckRecorded(round, record, step, spans, carry);
                steps++;
            }
        }

        Assert.True(steps > 0);
        output.WriteLine($"{steps} steps of {Golden.Root}/schedule");
    }

    /// <summary>Marked whatever the rule and the quota; the others are ranked as if these were not there.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void BrokenPositionsAreMarkedAndNoCandidates(int rule)
    {
        const int count = 600;
        int[] drawn = [.. Enumerable.Range(0, count).Select(i => i % 3 == 0 ? UnmaskGroup.BrokenToken : i % 3 - 1)];
        ulong tokens = Device.Upload(Filled(-3)), carry = Device.Upload(new int[1]);
        ulong left = Device.Allocate<int>(1);
        new UnmaskKernel(Device.Library, Options(false)).Launch(Device.Stream, new UnmaskParameters
        {
            Tokens = tokens,
            Confidences = Device.Upload(Filled(Untouched)),
            MasksLeft = left,
            Carry = carry,
            DrawnTokens = Device.Upload(drawn),
            DrawnConfidences = Device.Upload(drawn.Select((_, i) => i / 1000f).ToArray()),
            Candidates = Device.Upload(
                drawn.Select((_, i) => new StepCandidate { Pool = Offset + i, Position = i }).ToArray()),
            Groups = Device.Upload(
                [
                    new StepGroup
                    {
                        Count = count,
                        Rule = rule,
                        Reveal = 2,
                        StepsLeft = 200,
                        Threshold = 0.5f,
                        Counter = rule < 2 ? -1 : 0,
                    },
                ]),
            Header = UploadHeader(new StepHeader { Candidates = count, Groups = 1 }),
        }, groups: 1);
        int[] actual = Device.Download<int>(tokens, Pool)[Offset..(Offset + count)];
        int[] marked = [.. Enumerable.Range(0, count).Where(i => actual[i] == UnmaskGroup.BrokenToken)];
        Assert.Equal(Enumerable.Range(0, count).Where(i => i % 3 == 0), marked);
        Assert.Equal(Revealed(rule), actual.Count(token => token >= 0));
        Assert.Equal(rule < 2 ? -1 : 400 - Revealed(rule), Assert.Single(Device.Download<int>(left, 1)));
    }

    [Fact]
    public void ParametersAreThoseOfTheKernel() => ParameterLayout.AssertEqual<UnmaskParameters>(
        Device, "unmask.cu", Options(false));

    // Of 400 sound candidates, 67 reach the threshold; the quota of the other rules is 2, and the factor allows none.
    private static int Revealed(int rule) => rule switch
    {
        0 => 400,
        3 => 67,
        _ => 2,
    };

    private void CheckRecorded(JsonElement round, JsonElement record, int step, int[][] spans, int[] carry)
    {
        int[] masked = record.GetProperty("masked_positions").Integers();
        float[] confidences = [.. record.GetProperty("confidence").EnumerateArray().Select(c => c.GetSingle())];
        List<Group> groups = [.. spans.Select((span, s) =>
        {
            int[] own = [.. Enumerable.Range(0, masked.Length).Where(i => masked[i] >= span[0] && masked[i] < span[1])];
            return new Group(
                new StepGroup
                {
                    Rule = 2,
                    StepsLeft = Math.Max(0, round.GetProperty("steps").GetInt32() - step),
                    Threshold = round.GetProperty("threshold").GetSingle(),
                    Counter = s,
                    ResetCarry = step == 0 ? 1 : 0,
                },
                [.. own.Select(i => confidences[i])],
                [.. own.Select(_ => true)],
                carry[s],
                [.. own.Select(i => masked[i])]);
        })];
        (int[] tokens, int[] left) = Check(groups, blocks: 2);
        int[] revealed = [.. Enumerable.Range(0, Pool - Offset).Where(i => tokens[Offset + i] >= 0)];
        Assert.Equal(record.GetProperty("revealed").Integers().Order(), revealed);
        left.CopyTo(carry, 0);
    }

    // Launches, and holds everything that was written, and what was not, against the host's rules. Returns the tokens
    // and the carry counters.
    private (int[] Tokens, int[] Carry) Check(List<Group> groups, int blocks)
    {
        List<StepCandidate> candidates = [];
        List<int> drawn = [];
        StepGroup[] steps = new StepGroup[groups.Count];
        int pool = Offset;
        for (int g = 0; g < groups.Count; g++)
        {
            steps[g] = groups[g].Step with { First = candidates.Count, Count = groups[g].Confidences.Length };
            for (int i = 0; i < groups[g].Confidences.Length; i++)
            {
                int at = groups[g].Pool is { } places ? Offset + places[i] : pool++;
                candidates.Add(new StepCandidate { Pool = at, Position = 5 + i, Group = g });
                drawn.Add(groups[g].Masked[i] ? at + 7 : -1);
            }
        }

        if (candidates.Count == 0) return ([], []);
        ulong tokens = Device.Upload(Filled(-3)), confidences = Device.Upload(Filled(Untouched));
        ulong carry = Device.Upload(groups.Select(group => group.Carry).ToArray());
        ulong left = Device.Allocate<int>(groups.Count + 1);
        new UnmaskKernel(Device.Library, Options(false)).Launch(Device.Stream, new UnmaskParameters
        {
            Tokens = tokens,
            Confidences = confidences,
            MasksLeft = left,
            Carry = carry,
            DrawnTokens = Device.Upload(drawn.ToArray()),
            DrawnConfidences = Device.Upload(groups.SelectMany(group => group.Confidences).ToArray()),
            Candidates = Device.Upload(candidates.ToArray()),
            Groups = Device.Upload(steps),
            Header = UploadHeader(new StepHeader { Candidates = candidates.Count, Groups = groups.Count }),
        }, blocks);

        var expected = new Expected(groups.Count);
        for (int g = 0; g < groups.Count; g++)
            expected.Add(groups[g], g, [.. candidates.GetRange(steps[g].First, steps[g].Count)]);
        int[] actualTokens = Device.Download<int>(tokens, Pool);
        int[] actualCarry = Device.Download<int>(carry, groups.Count);
        Assert.Equal(expected.Tokens, actualTokens);
        Assert.Equal(expected.Confidences, Device.Download<float>(confidences, Pool));
        Assert.Equal(expected.Carry, actualCarry);
        Assert.Equal([.. expected.Left, -1], Device.Download<int>(left, groups.Count + 1));
        return (actualTokens, actualCarry);
    }

    private static T[] Filled<T>(T value)
    {
        var values = new T[Pool];
        Array.Fill(values, value);
        return values;
    }

    private static IEnumerable<JsonElement> ThresholdRounds() =>
        Golden.Names("schedule").Select(name => Golden.Read("schedule", name))
            .Where(file => file.GetProperty("kind").GetString() == "pd_confidence_threshold_schedule")
            .SelectMany(file => file.GetProperty("cases").EnumerateArray());

    /// <summary>Candidates of a group, which of them are still masked, and where they stand.</summary>
    private sealed record Group(StepGroup Step, float[] Confidences, bool[] Masked, int Carry, int[]? Pool = null);

    private sealed class Expected(int groups)
    {
        public int[] Tokens { get; } = Filled(-3);

        public float[] Confidences { get; } = Filled(Untouched);

        public int[] Carry { get; } = new int[groups];

        public int[] Left { get; } = new int[groups];

        public void Add(Group group, int index, StepCandidate[] candidates)
        {
            int[] masked = [.. Enumerable.Range(0, candidates.Length).Where(i => group.Masked[i])];
            float[] confidences = [.. masked.Select(i => group.Confidences[i])];
            StepGroup step = group.Step;
            var rule = new UnmaskGroup
            {
                Sequence = 0,
                Positions = default,
                Sampling = SamplingParams.Greedy,
                Rule = (UnmaskRule)step.Rule,
                Count = step.Reveal,
                StepsLeft = step.StepsLeft,
                Threshold = step.Threshold,
                ResetCarry = step.ResetCarry != 0,
            };
            int none = 0, carry = group.Carry;
            bool carries = rule.Rule == UnmaskRule.Threshold && masked.Length > 0;
            int[] ranking = new int[masked.Length];
            int revealed = Unmask.Select(
                rule, confidences, ref carries ? ref carry : ref none, ranking, new ulong[masked.Length]);
            for (int i = 0; i < masked.Length; i++)
                Confidences[candidates[masked[i]].Pool] = group.Confidences[masked[i]];
            foreach (int i in ranking[..revealed])
                Tokens[candidates[masked[i]].Pool] = candidates[masked[i]].Pool + 7;
            Carry[index] = carry;
            Left[index] = step.Counter < 0 ? -1 : masked.Length - revealed;
        }
    }
}
