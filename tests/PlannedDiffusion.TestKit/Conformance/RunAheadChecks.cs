using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;
using Xunit;

namespace PlannedDiffusion.TestKit.Conformance;

/// <summary>The requirements of callers that request a step before they know the result of the last one.</summary>
internal static class RunAheadChecks
{
    public static void StepsReadTokensThatNobodyHasRead(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        int[] prompt = runner.Tokens(12, seed: 1);
        int watched = runner.Open(prompt), unwatched = runner.Open(prompt);
        for (int end = 12; end < 22; end++) runner.Runner.Forward(NextToken(unwatched, end));
        for (int end = 12; end < 22; end++)
        {
            runner.Runner.Forward(NextToken(watched, end));
            Assert.NotEqual(runner.Mask, runner.Read(watched, end, end + 1)[0]);
        }

        Assert.Equal(runner.Read(watched, 0, 22), runner.Read(unwatched, 0, 22));
    }

    public static void TicketsHoldWhatStoodThereThen(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        int[] prompt = runner.Tokens(12, seed: 2);
        int sequence = runner.Open(prompt), other = runner.Open(prompt);
        var tickets = new List<int> { runner.Runner.BeginReadTokens(sequence, 3, 10) };
        for (int end = 12; end < 18; end++)
        {
            runner.Runner.Forward(NextToken(sequence, end));
            tickets.Add(runner.Runner.BeginReadTokens(sequence, 3, 10));
            runner.Runner.WriteTokens(sequence, 3 + end - 12, [7]);
        }

        int empty = runner.Runner.BeginReadTokens(other, 12, 0);
        Assert.Distinct([.. tickets, empty]);
        int decided = runner.Read(sequence, 12, 13)[0];
        foreach (int i in (int[])[3, 0, 6, 1, 2, 5, 4])
        {
            int[] expected = [.. prompt[3..], i > 0 ? decided : 0], actual = new int[10];
            expected.AsSpan(0, Math.Max(0, i - 1)).Fill(7);
            runner.Runner.EndRead(tickets[i], actual);
            Assert.Equal(expected, actual);
        }

        runner.Runner.EndRead(empty, []);
    }

    public static void ATicketIsEndedOnceAndInTime(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        IModelRunner model = runner.Runner;
        int sequence = runner.Open(runner.Tokens(10, seed: 1), capacity: 20), other = runner.Open([1, 2, 3]);
        var room = new int[5];
        Assert.Throws<ArgumentException>(() => model.BeginReadTokens(sequence, 16, 5));
        Assert.Throws<ArgumentException>(() => model.BeginReadTokens(sequence, -1, 5));
        Assert.Throws<ArgumentException>(() => model.BeginReadTokens(sequence, 5, -1));
        Assert.Throws<ArgumentException>(() => model.BeginReadTokens(sequence + 100, 0, 5));
        int ticket = model.BeginReadTokens(sequence, 2, 5);
        Assert.Throws<ArgumentException>(() => model.EndRead(ticket, new int[4]));
        Assert.Throws<ArgumentException>(() => model.EndRead(ticket + 100, room));
        model.EndRead(ticket, room);
        Assert.Equal(runner.Tokens(10, seed: 1)[2..7], room);
        Assert.Throws<ArgumentException>(() => model.EndRead(ticket, room));
        int dropped = model.BeginReadTokens(sequence, 2, 5), kept = model.BeginReadTokens(other, 0, 3);
        model.CloseSequence(sequence);
        Assert.Throws<ArgumentException>(() => model.EndRead(dropped, room));
        var tokens = new int[3];
        model.EndRead(kept, tokens);
        Assert.Equal([1, 2, 3], tokens);
    }

    /// <summary>
    /// A span that one step finished and that the next step requests again, because the caller could not know. Its keys
    /// and values stay those of its last step with masks.
    /// </summary>
    public static void FinishedSpansAreLeftAlone(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        var span = new TokenRange(10, 16);
        float[] once = Seen([100]), again = Seen([100, 1, 1]), slowly = Seen([2, 100]);
        runner.AssertSame(once, again);
        Assert.NotEqual(once, slowly); // otherwise the check could not fail
        float[] recomputed = Seen([100, 1], onlyIfMasked: false);
        Assert.True(once.Zip(recomputed).Any(pair => Math.Abs(pair.First - pair.Second) > 1e-3));

        float[] Seen(int[] counts, bool onlyIfMasked = true)
        {
            int sequence = runner.Open(runner.Tokens(20, seed: 5));
            runner.Prefill(sequence, 0, 10);
            runner.Runner.WriteTokens(sequence, 11, [.. Enumerable.Repeat(runner.Mask, 4)]);
            foreach (int count in counts) runner.Runner.Forward(Denoise(sequence, span, count, onlyIfMasked));
            var next = new ForwardStep();
            next.AddRows(sequence, new TokenRange(16, 17), AttentionRange.CausalFrom(16, 17));
            next.AddLogits(sequence, new TokenRange(16, 17));
            float[] logits = runner.Forward(next)[0];
            Assert.DoesNotContain(runner.Mask, runner.Read(sequence, 0, 20));
            runner.Runner.CloseSequence(sequence);
            return logits;
        }
    }

    private static ForwardStep Denoise(int sequence, TokenRange span, int count, bool onlyIfMasked)
    {
        var step = new ForwardStep();
        step.AddRows(new RowGroup(sequence, span, AttentionRange.Bidirectional(span.Start, span), onlyIfMasked));
        step.AddUnmask(new UnmaskGroup
        {
            Sequence = sequence,
            Positions = new TokenRange(span.Start + 1, span.End - 1),
            Sampling = SamplingParams.Greedy,
            Rule = UnmaskRule.Scheduled,
            Count = count,
        });
        return step;
    }

    /// <summary>All rows that are pending for the token at a position: first the prompt, then one row.</summary>
    private static ForwardStep NextToken(int sequence, int position)
    {
        int start = position == 12 ? 0 : position - 1;
        var step = new ForwardStep();
        step.AddRows(sequence, new TokenRange(start, position), AttentionRange.CausalFrom(start, position));
        step.AddUnmask(new UnmaskGroup
        {
            Sequence = sequence,
            Positions = new TokenRange(position, position + 1),
            Sampling = SamplingParams.Greedy,
            Rule = UnmaskRule.All,
        });
        return step;
    }
}
