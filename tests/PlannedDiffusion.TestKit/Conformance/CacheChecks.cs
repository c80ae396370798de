using PlannedDiffusion.Forward;
using Xunit;

namespace PlannedDiffusion.TestKit.Conformance;

/// <summary>The content of the K/V cache after writes and clears.</summary>
internal static class CacheChecks
{
    public static void RewrittenPositionsLeaveNoTrace(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        int[] old = runner.Tokens(40, seed: 1), tokens = [.. old[..13], .. runner.Tokens(27, seed: 2)];
        int rewritten = runner.Open(old), fresh = runner.Open(tokens);
        runner.Prefill(rewritten, 0, 40);
        runner.Runner.WriteTokens(rewritten, 13, tokens.AsSpan(13));
        runner.Prefill(rewritten, 13, 25);
        runner.Prefill(fresh, 0, 25);
        // Positions from 25 on still hold the old keys, which no row may see.
        runner.AssertSame(Last(runner, fresh, 25, 30), Last(runner, rewritten, 25, 30));
    }

    public static void ReusedSlotsStartFromZeros(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        int[] tokens = runner.Tokens(50, seed: 3);
        float[] expected = SeeingUnwritten(runner, runner.Open(tokens, capacity: 90));
        int[] used = [.. Enumerable.Range(0, 2).Select(i => runner.Open(runner.Tokens(60, seed: i), capacity: 60 + i))];
        foreach (int sequence in used)
        {
            runner.Prefill(sequence, 0, 60);
            runner.Runner.CloseSequence(sequence);
        }

        for (int i = 0; i < 2; i++)
        {
            int reused = runner.Open(tokens, capacity: 55);
            Assert.DoesNotContain(reused, used);
            Assert.All(runner.Read(reused, 50, 55), token => Assert.Equal(0, token));
            Assert.All(runner.Confidences(reused, 0, 55), confidence => Assert.Equal(0, confidence));
            runner.AssertSame(expected, SeeingUnwritten(runner, reused));
        }
    }

    public static void ClearedPositionsAreZeros(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        int[] tokens = runner.Tokens(50, seed: 4);
        int cleared = runner.Open(tokens), fresh = runner.Open(tokens);
        runner.Prefill(cleared, 0, 45);
        runner.Runner.ClearKeyValues(cleared, new TokenRange(10, 45));
        runner.Prefill(fresh, 0, 10);
        runner.AssertSame(SeeingUnwritten(runner, fresh, 10), SeeingUnwritten(runner, cleared, 10));
        // An empty range, or one without keys, may be cleared.
        runner.Runner.ClearKeyValues(cleared, new TokenRange(96, 96));
        runner.Runner.ClearKeyValues(cleared, new TokenRange(60, 96));
    }

    public static void UnwrittenPositionsWeighInWithScoreZero(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        using var weights = RunnerSubject.Weights();
        using var reference = new ReferenceModelRunner(ReferenceWeights.From(weights), RunnerSubject.Limits);
        int[] tokens = runner.Tokens(20, seed: 5);
        int sequence = runner.Open(tokens), other = reference.OpenSequence(96);
        reference.WriteTokens(other, 0, tokens);
        float[] actual = SeeingUnwritten(runner, sequence), expected = new float[actual.Length];
        reference.Forward(UnwrittenStep(other, 0));
        reference.ReadLogits(0, expected);
        for (int i = 0; i < actual.Length; i++)
            Assert.InRange(Math.Abs(actual[i] - expected[i]), 0, subject.ReferenceTolerance);
    }

    public static void CapacityIsNamedWhenItRunsOut(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        RunnerLimits limits = runner.Runner.Limits;
        Assert.Contains(
            $"{limits.MaxPositions}",
            Assert.Throws<RunnerCapacityException>(() => runner.Runner.OpenSequence(limits.MaxPositions + 1)).Message,
            StringComparison.Ordinal);
        int[] open = new int[limits.MaxSequences];
        for (int i = 0; i < open.Length; i++) open[i] = runner.Runner.OpenSequence(limits.MaxPositions);
        Assert.Distinct(open);
        Assert.Contains(
            $"{limits.MaxSequences}",
            Assert.Throws<RunnerCapacityException>(() => runner.Runner.OpenSequence(1)).Message,
            StringComparison.Ordinal);
        runner.Runner.CloseSequence(open[1]);
        Assert.Throws<ArgumentException>(() => runner.Runner.CloseSequence(open[1]));
        runner.Runner.OpenSequence(1);
    }

    /// <summary>A row that sees five keys, itself, and twelve keys that were never written.</summary>
    private static float[] SeeingUnwritten(ConformanceRunner runner, int sequence, int start = 0) =>
        runner.Forward(UnwrittenStep(sequence, start))[0];

    private static ForwardStep UnwrittenStep(int sequence, int start)
    {
        var step = new ForwardStep();
        var block = new TokenRange(start, start + 18);
        step.AddRows(sequence, block with { End = start + 6 }, AttentionRange.Bidirectional(0, block));
        step.AddLogits(sequence, new TokenRange(start + 5, start + 6));
        return step;
    }

    private static float[] Last(ConformanceRunner runner, int sequence, int start, int end)
    {
        var step = new ForwardStep();
        step.AddRows(sequence, new TokenRange(start, end), AttentionRange.CausalFrom(start, end));
        step.AddLogits(sequence, new TokenRange(end - 1, end));
        return runner.Forward(step)[0];
    }
}
