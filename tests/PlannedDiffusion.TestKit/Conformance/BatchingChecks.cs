using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;
using Xunit;

namespace PlannedDiffusion.TestKit.Conformance;

/// <summary>A row's result does not depend on what else its step computes.</summary>
internal static class BatchingChecks
{
    public static void MixedStagesEqualEachAlone(RunnerSubject subject)
    {
        using ConformanceRunner together = subject.Open(), alone = subject.Open();
        var mixed = new ForwardStep();
        var single = new List<ForwardStep>();
        int[] handles = [.. Enumerable.Range(0, 3).Select(_ => 0)], own = new int[3];
        for (int i = 0; i < 3; i++)
        {
            handles[i] = Prepare(together, i);
            own[i] = Prepare(alone, i);
        }

        for (int i = 0; i < 3; i++)
        {
            Stage(mixed, handles[i], i);
            var step = new ForwardStep();
            Stage(step, own[i], i);
            single.Add(step);
        }

        float[][] expected = [.. single.SelectMany(alone.Forward)];
        together.AssertSame(expected, together.Forward(mixed));
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(alone.Read(own[i], 0, 60), together.Read(handles[i], 0, 60));
            together.AssertSame(alone.Confidences(own[i], 0, 60), together.Confidences(handles[i], 0, 60));
        }
    }

    public static void ChunkedPrefillEqualsWhole(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        int[] tokens = runner.Tokens(51, seed: 5);
        var whole = new ForwardStep();
        int first = runner.Open(tokens);
        whole.AddRows(first, new TokenRange(0, 51), AttentionRange.CausalFrom(0, 51));
        whole.AddLogits(first, new TokenRange(50, 51));
        float[][] expected = runner.Forward(whole);
        foreach (int[] cuts in (int[][])[[1], [16], [17, 33], [7, 8, 50]])
        {
            int sequence = runner.Open(tokens);
            int start = 0;
            foreach (int cut in cuts)
            {
                runner.Prefill(sequence, start, cut);
                start = cut;
            }

            var last = new ForwardStep();
            last.AddRows(sequence, new TokenRange(start, 51), AttentionRange.CausalFrom(start, 51));
            last.AddLogits(sequence, new TokenRange(50, 51));
            runner.AssertSame(expected, runner.Forward(last));
            runner.Runner.CloseSequence(sequence);
        }
    }

    public static void OneRowPerStepIsEnough(RunnerSubject subject)
    {
        const int rows = 9;
        using ConformanceRunner whole = subject.Open();
        using ConformanceRunner single = subject.Open(limits: RunnerSubject.Limits with { MaxRowsPerStep = 1 });
        int[] tokens = whole.Tokens(rows, seed: 12);
        int all = whole.Open(tokens), each = single.Open(tokens);
        float[][] expected = whole.Forward(Step(all, 0, rows));
        for (int row = 0; row < rows; row++)
        {
            whole.AssertSame(expected[row], single.Forward(Step(each, row, row + 1))[0]);
            Assert.Equal(whole.Read(all, row + 1, row + 2), single.Read(each, row + 1, row + 2));
            single.Runner.WriteTokens(each, 0, tokens);
        }

        Assert.Throws<ArgumentException>(() => single.Runner.Forward(Step(each, 0, 2)));

        // Every row's logits, and the token that it predicts.
        static ForwardStep Step(int sequence, int start, int end)
        {
            var step = new ForwardStep();
            step.AddRows(sequence, new TokenRange(start, end), AttentionRange.CausalFrom(start, end));
            step.AddLogits(sequence, new TokenRange(start, end));
            step.AddUnmask(new UnmaskGroup
            {
                Sequence = sequence,
                Positions = new TokenRange(start + 1, end + 1),
                Rule = UnmaskRule.All,
                Sampling = SamplingParams.Greedy,
            });
            return step;
        }
    }

    public static void RowsWithoutLogitsStillWriteTheirKeys(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        int[] tokens = runner.Tokens(30, seed: 6);
        int asked = runner.Open(tokens), silent = runner.Open(tokens);
        var step = new ForwardStep();
        step.AddRows(asked, new TokenRange(0, 29), AttentionRange.CausalFrom(0, 29));
        step.AddLogits(asked, new TokenRange(0, 29));
        runner.Forward(step);
        runner.Prefill(silent, 0, 29);
        runner.AssertSame(NextLogits(runner, asked, 29), NextLogits(runner, silent, 29));
    }

    public static void TwoRunnersSideBySideDoNotMeet(RunnerSubject subject)
    {
        using ConformanceRunner first = subject.Open(), second = subject.Open(seed: 2), alone = subject.Open();
        int[] tokens = first.Tokens(20, seed: 7);
        int a = first.Open(tokens), b = second.Open(tokens), c = alone.Open(tokens);
        for (int i = 0; i < 20; i += 5)
        {
            first.Prefill(a, i, i + 5);
            second.Prefill(b, i, i + 5);
        }

        float[] other = NextLogits(second, b, 20), mine = NextLogits(first, a, 20);
        alone.Prefill(c, 0, 20);
        first.AssertSame(NextLogits(alone, c, 20), mine);
        Assert.NotEqual(mine, other);
    }

    public static void RandomStepsAgreeWithDoublePrecision(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        using var weights = RunnerSubject.Weights();
        using var reference = new ReferenceModelRunner(ReferenceWeights.From(weights), RunnerSubject.Limits);
        var random = new Random(8);
        int[] tokens = runner.Tokens(90, seed: 9);
        int sequence = runner.Open(tokens), other = reference.OpenSequence(96);
        reference.WriteTokens(other, 0, tokens);
        for (int i = 0, start = 0; i < 6; i++)
        {
            int end = start + random.Next(1, 15);
            bool causal = random.Next(2) == 0;
            // A block that may begin before the rows, after a prefix that may leave a gap.
            int blockStart = random.Next(0, start + 1), prefix = random.Next(0, blockStart + 1);
            var visibility = new AttentionRange(prefix, new TokenRange(blockStart, end), causal);
            float[][] actual = runner.Forward(Rows(sequence, start, end, visibility));
            reference.Forward(Rows(other, start, end, visibility));
            for (int row = 0; row < actual.Length; row++) AssertClose(reference, row, actual[row], subject);
            start = end;
        }
    }

    private static void AssertClose(ReferenceModelRunner reference, int row, float[] actual, RunnerSubject subject)
    {
        var expected = new float[actual.Length];
        reference.ReadLogits(row, expected);
        for (int i = 0; i < actual.Length; i++)
            Assert.InRange(Math.Abs(actual[i] - expected[i]), 0, subject.ReferenceTolerance);
    }

    private static ForwardStep Rows(int sequence, int start, int end, AttentionRange visibility)
    {
        var step = new ForwardStep();
        step.AddRows(sequence, new TokenRange(start, end), visibility);
        step.AddLogits(sequence, new TokenRange(start, end));
        return step;
    }

    /// <summary>Logits of one more causal row.</summary>
    private static float[] NextLogits(ConformanceRunner runner, int sequence, int position) =>
        runner.Forward(Rows(sequence, position, position + 1, AttentionRange.CausalFrom(position, position + 1)))[0];

    /// <summary>
    /// Sequence i before its stage: a prompt, a plan that is being written, or two spans that are being denoised.
    /// </summary>
    private static int Prepare(ConformanceRunner runner, int stage)
    {
        int sequence = runner.Open(runner.Tokens(60, seed: 20 + stage));
        if (stage > 0) runner.Prefill(sequence, 0, 30);
        int[] masks = [.. Enumerable.Repeat(runner.Mask, 8)];
        if (stage == 2) runner.Runner.WriteTokens(sequence, 31, masks);
        if (stage == 2) runner.Runner.WriteTokens(sequence, 41, masks);
        return sequence;
    }

    private static void Stage(ForwardStep step, int sequence, int stage)
    {
        if (stage == 0)
        {
            step.AddRows(sequence, new TokenRange(0, 23), AttentionRange.CausalFrom(0, 23));
            step.AddLogits(sequence, new TokenRange(22, 23));
        }
        else if (stage == 1)
        {
            step.AddRows(sequence, new TokenRange(30, 31), AttentionRange.CausalFrom(30, 31));
            step.AddLogits(sequence, new TokenRange(30, 31));
            step.AddUnmask(new UnmaskGroup
            {
                Sequence = sequence,
                Positions = new TokenRange(31, 32),
                Sampling = new SamplingParams(0.8f, 0.9f, 20, 3),
                Rule = UnmaskRule.All,
            });
        }
        else
        {
            Span(step, sequence, new TokenRange(30, 40), 3);
            Span(step, sequence, new TokenRange(40, 50), 2);
            step.AddLogits(sequence, new TokenRange(33, 36));
        }
    }

    private static void Span(ForwardStep step, int sequence, TokenRange span, int count)
    {
        step.AddRows(sequence, span, AttentionRange.Bidirectional(30, span));
        step.AddUnmask(new UnmaskGroup
        {
            Sequence = sequence,
            Positions = new TokenRange(span.Start + 1, span.End - 1),
            Sampling = new SamplingParams(0.5f, 0.95f, 0, 4),
            Rule = UnmaskRule.Scheduled,
            Confidence = ConfidenceKind.NegativeEntropy,
            Count = count,
            RandomStep = 1,
        });
    }
}
