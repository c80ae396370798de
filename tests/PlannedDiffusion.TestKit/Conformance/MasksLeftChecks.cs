using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;
using Xunit;

namespace PlannedDiffusion.TestKit.Conformance;

/// <summary>A runner's counts of the masks left in the groups of a sequence.</summary>
internal static class MasksLeftChecks
{
    private const int Groups = 4;

    private static readonly TokenRange Rows = new(10, 30);

    /// <summary>Two groups of each sequence, of six masks each.</summary>
    private static readonly (int Index, TokenRange Positions)[] Halves =
        [(1, new TokenRange(11, 20)), (3, new TokenRange(20, 29))];

    /// <summary>
    /// Several steps are requested before the first count is read. Each ticket has the counts of its own time.
    /// </summary>
    public static void MasksLeftAreThoseOfTheirTime(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        (int Sequence, UnmaskRule Rule)[] sequences =
            [(Masked(runner, 1), UnmaskRule.Threshold), (Masked(runner, 2), UnmaskRule.Certain)];
        var expected = new List<int[]>();
        var tickets = new List<int>();
        foreach ((int sequence, _) in sequences) Begin(sequence, [0, 0, 0, 0]);
        // Nothing reaches a threshold of 2: a step reveals one mask of each group. Everything reaches -1.
        Run(halves: Halves, threshold: 2);
        foreach ((int sequence, _) in sequences) Begin(sequence, [0, 5, 0, 5]);
        Run(halves: Halves[..1], threshold: 2);
        foreach ((int sequence, _) in sequences) Begin(sequence, [0, 4, 0, 5]);
        Run(halves: Halves[1..], threshold: -1);
        Begin(sequences[0].Sequence, [0, 4, 0, 4]); // its quota is one, even if more is certain
        Begin(sequences[1].Sequence, [0, 4, 0, 0]);
        Run(halves: Halves, threshold: -1);
        Begin(sequences[0].Sequence, [0, 3, 0, 3]);
        Begin(sequences[1].Sequence, [0, 0, 0, 0]);
        for (int i = tickets.Count - 1; i >= 0; i--) Assert.Equal(expected[i], End(runner, tickets[i], Groups));
        // The counts equal the masks in the tokens.
        foreach ((int sequence, _) in sequences)
        {
            int[] left = Read(runner, sequence);
            foreach ((int index, TokenRange positions) in Halves)
                Assert.Equal(Masks(runner, sequence, positions), left[index]);
        }

        void Begin(int sequence, int[] left)
        {
            expected.Add(left);
            tickets.Add(runner.Runner.BeginReadMasksLeft(sequence, Groups));
        }

        void Run((int, TokenRange)[] halves, float threshold)
        {
            var step = new ForwardStep();
            foreach ((int sequence, UnmaskRule rule) in sequences)
            {
                step.AddRows(sequence, Rows, AttentionRange.Bidirectional(10, Rows));
                foreach ((int index, TokenRange positions) in halves)
                    step.AddUnmask(Group(sequence, positions, rule, index) with { Count = 1, Threshold = threshold });
            }

            runner.Runner.Forward(step);
        }
    }

    /// <summary>Other rules have no counts, and a step that computes no row of a group keeps its count.</summary>
    public static void MasksLeftAreLeftAloneByOtherSteps(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        int sequence = Masked(runner, 1);
        UnmaskGroup half = Group(sequence, Halves[0].Positions, UnmaskRule.Certain, 1) with { Threshold = 2 };
        runner.Runner.Forward(Step(half with { Count = 2 }));
        Assert.Equal([0, 4, 0, 0], Read(runner, sequence));
        runner.Runner.Forward(Step(half with { Rule = UnmaskRule.Scheduled, Count = 1 }));
        Assert.Equal([0, 4, 0, 0], Read(runner, sequence));
        runner.Runner.Forward(Step(half with { Positions = new TokenRange(40, 50), SkipUncomputed = true }));
        Assert.Equal([0, 4, 0, 0], Read(runner, sequence));
        Assert.Equal(3, Masks(runner, sequence, Halves[0].Positions));
        // Now it is ranked again, although nothing is revealed.
        runner.Runner.Forward(Step(half));
        Assert.Equal([0, 3, 0, 0], Read(runner, sequence));
        // Of these only the first two are computed.
        runner.Runner.WriteTokens(sequence, 29, [runner.Mask, runner.Mask, runner.Mask]);
        runner.Runner.Forward(Step(half with { Positions = new TokenRange(29, 35), SkipUncomputed = true }));
        Assert.Equal([0, 2, 0, 0], Read(runner, sequence));

        static ForwardStep Step(UnmaskGroup group)
        {
            var step = new ForwardStep();
            step.AddRows(group.Sequence, Rows, AttentionRange.Bidirectional(10, Rows));
            step.AddUnmask(group);
            return step;
        }
    }

    public static void MasksLeftStartFromZeroInAReusedSlot(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        int[] sequences = [.. Enumerable.Range(0, RunnerSubject.Limits.MaxSequences).Select(i => Masked(runner, i))];
        foreach (int sequence in sequences)
        {
            var step = new ForwardStep();
            step.AddRows(sequence, Rows, AttentionRange.Bidirectional(10, Rows));
            foreach ((int index, TokenRange positions) in Halves)
                step.AddUnmask(Group(sequence, positions, UnmaskRule.Certain, index) with { Threshold = 2 });
            runner.Runner.Forward(step);
            Assert.Equal([0, 6, 0, 6], Read(runner, sequence));
        }

        runner.Runner.CloseSequence(sequences[1]);
        Assert.Equal([0, 0, 0, 0], Read(runner, runner.Open([1, 2, 3])));
        Assert.Equal([0, 6, 0, 6], Read(runner, sequences[0]));
        Assert.Equal([0, 6, 0, 6], Read(runner, sequences[2]));
    }

    public static void MasksLeftAreReadOnceAndInTime(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        IModelRunner model = runner.Runner;
        int sequence = Masked(runner, 1), other = Masked(runner, 2);
        Assert.ThrowsAny<ArgumentException>(() => model.BeginReadMasksLeft(sequence, -1));
        Assert.ThrowsAny<ArgumentException>(() => model.BeginReadMasksLeft(sequence, Groups + 1));
        Assert.Throws<ArgumentException>(() => model.BeginReadMasksLeft(sequence + 100, Groups));
        int ticket = model.BeginReadMasksLeft(sequence, Groups), tokens = model.BeginReadTokens(sequence, 10, 3);
        int few = model.BeginReadMasksLeft(sequence, 2), none = model.BeginReadMasksLeft(sequence, 0);
        Assert.Distinct([ticket, tokens, few, none]);
        Assert.Throws<ArgumentException>(() => model.EndRead(ticket, new int[Groups - 1]));
        Assert.Equal([0, 0, 0, 0], End(runner, ticket, Groups));
        Assert.Throws<ArgumentException>(() => model.EndRead(ticket, new int[Groups]));
        Assert.Equal(runner.Read(sequence, 10, 13), End(runner, tokens, 3));
        Assert.Equal([0, 0], End(runner, few, 2));
        model.EndRead(none, []);
        int dropped = model.BeginReadMasksLeft(sequence, Groups), kept = model.BeginReadMasksLeft(other, Groups);
        model.CloseSequence(sequence);
        Assert.Throws<ArgumentException>(() => model.EndRead(dropped, new int[Groups]));
        Assert.Throws<ArgumentException>(() => model.BeginReadMasksLeft(sequence, Groups));
        Assert.Equal([0, 0, 0, 0], End(runner, kept, Groups));
    }

    /// <summary>A copy has the right length, whichever of the two limits is larger.</summary>
    public static void ThereMayBeMoreGroupsThanPositions(RunnerSubject subject)
    {
        const int groups = 5000;
        RunnerLimits limits = RunnerSubject.Limits with { MaxPositions = 4, MaxGroupsPerSequence = groups };
        using ConformanceRunner runner = subject.Open(limits: limits);
        int sequence = runner.Open([1, 2, runner.Mask, runner.Mask], capacity: 4);
        var step = new ForwardStep();
        step.AddRows(sequence, new TokenRange(0, 4), AttentionRange.CausalFrom(0, 4));
        step.AddUnmask(Group(sequence, new TokenRange(1, 4), UnmaskRule.Certain, groups - 1) with { Threshold = 2 });
        runner.Runner.Forward(step);
        int[] tickets = [.. Enumerable.Range(0, 4).Select(_ => runner.Runner.BeginReadMasksLeft(sequence, groups))];
        int[] expected = [.. Enumerable.Repeat(0, groups - 1), 2];
        foreach (int ticket in tickets) Assert.Equal(expected, End(runner, ticket, groups));
        Assert.Equal([1, 2, runner.Mask, runner.Mask], runner.Read(sequence, 0, 4));
    }

    /// <summary>Ten tokens in the cache, then a span of 18 positions of which 12 are masked.</summary>
    private static int Masked(ConformanceRunner runner, int seed)
    {
        int sequence = runner.Open(runner.Tokens(40, seed));
        runner.Prefill(sequence, 0, 10);
        for (int position = 11; position < 29; position++)
        {
            if (position % 3 != 0) runner.Runner.WriteTokens(sequence, position, [runner.Mask]);
        }

        return sequence;
    }

    private static UnmaskGroup Group(int sequence, TokenRange positions, UnmaskRule rule, int index) => new()
    {
        Sequence = sequence,
        Positions = positions,
        Sampling = SamplingParams.Greedy,
        Rule = rule,
        Confidence = ConfidenceKind.Certainty,
        GroupIndex = index,
        ResetCarry = true,
    };

    private static int[] Read(ConformanceRunner runner, int sequence) =>
        End(runner, runner.Runner.BeginReadMasksLeft(sequence, Groups), Groups);

    private static int[] End(ConformanceRunner runner, int ticket, int count)
    {
        var copy = new int[count];
        runner.Runner.EndRead(ticket, copy);
        return copy;
    }

    private static int Masks(ConformanceRunner runner, int sequence, TokenRange positions) =>
        runner.Read(sequence, positions.Start, positions.End).Count(token => token == runner.Mask);
}
