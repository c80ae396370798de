using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;
using Xunit;

namespace PlannedDiffusion.TestKit.Conformance;

/// <summary>Which tokens a step writes.</summary>
internal static class UnmaskChecks
{
    private static readonly TokenRange Rows = new(10, 30);

    public static void AllTakesTheMostLikelyToken(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        int sequence = runner.Open(runner.Tokens(20, seed: 1));
        var step = new ForwardStep();
        step.AddRows(sequence, new TokenRange(0, 20), AttentionRange.CausalFrom(0, 20));
        step.AddLogits(sequence, new TokenRange(0, 20));
        step.AddUnmask(Group(sequence, new TokenRange(0, 1), UnmaskRule.All));
        step.AddUnmask(Group(sequence, new TokenRange(15, 21), UnmaskRule.All));
        float[][] logits = runner.Forward(step);
        // Position 0 is predicted by its own row, every other by the row before it.
        Assert.Equal(Best(logits[0], runner.Mask), runner.Read(sequence, 0, 1)[0]);
        Assert.Equal(
            Enumerable.Range(15, 6).Select(position => Best(logits[position - 1], runner.Mask)),
            runner.Read(sequence, 15, 21));
        Assert.Equal(runner.Tokens(20, seed: 1)[1..15], runner.Read(sequence, 1, 15));
    }

    public static void ScheduledRevealsTheMostConfident(RunnerSubject subject)
    {
        foreach (ConfidenceKind kind in Enum.GetValues<ConfidenceKind>())
        {
            foreach (int count in (int[])[0, 1, 4, 100])
            {
                using ConformanceRunner runner = subject.Open();
                int sequence = Masked(runner);
                int[] before = runner.Read(sequence, 0, 40);
                ForwardStep step = DenoiseStep(sequence, UnmaskRule.Scheduled, kind, count, logits: true);
                float[][] logits = runner.Forward(step);
                int[] after = runner.Read(sequence, 0, 40);
                float[] confidences = runner.Confidences(sequence, 0, 40);

                int[] masked = [.. Enumerable.Range(11, 18).Where(position => before[position] == runner.Mask)];
                int[] revealed = [.. masked.Where(position => after[position] != runner.Mask)];
                Assert.Equal(Math.Min(count, masked.Length), revealed.Length);
                Assert.Equal(masked.OrderByDescending(p => confidences[p]).Take(count).Order(), revealed);
                Assert.All(revealed, p => Assert.Equal(Best(logits[p - 1 - Rows.Start], runner.Mask), after[p]));
                Assert.All(Enumerable.Range(0, 40).Except(revealed), p => Assert.Equal(before[p], after[p]));
                Assert.All(Enumerable.Range(0, 40).Except(masked), p => Assert.Equal(0, confidences[p]));
            }
        }
    }

    public static void ThresholdCarriesItsRejectedCandidates(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        int sequence = Masked(runner);
        // 12 masks in 4 steps make 3 candidates. Nothing reaches the threshold: one is revealed, two are carried.
        Denoise(2f, 4, reset: true);
        Assert.Equal(11, Masks(runner, sequence));
        // 11 in 3 steps make 3, and the two: one is revealed, four are carried.
        Denoise(2f, 3, reset: false);
        Assert.Equal(10, Masks(runner, sequence));
        // Everything is certain enough: 10 in 10 steps make 1, and the four. Nothing is carried on.
        Denoise(-100f, 10, reset: false);
        Assert.Equal(5, Masks(runner, sequence));
        Denoise(2f, 1, reset: false);
        Assert.Equal(4, Masks(runner, sequence));
        // A new round forgets the four that were carried; after the nominal steps the quota is one.
        Denoise(-100f, 0, reset: true);
        Assert.Equal(3, Masks(runner, sequence));

        void Denoise(float threshold, int stepsLeft, bool reset)
        {
            var step = new ForwardStep();
            step.AddRows(sequence, Rows, AttentionRange.Bidirectional(10, Rows));
            step.AddUnmask(Group(sequence, new TokenRange(11, 29), UnmaskRule.Threshold) with
            {
                Threshold = threshold,
                StepsLeft = stepsLeft,
                GroupIndex = 3,
                ResetCarry = reset,
            });
            runner.Forward(step);
        }
    }

    /// <summary>What is certain is decided before temperature and filters, which decide the tokens.</summary>
    public static void CertainRevealsWhatIsCertainUnderAnySampling(RunnerSubject subject)
    {
        SamplingParams[] settings =
            [SamplingParams.Greedy, new(0.2f, 0.95f, 0, 1), new(1, 1, 0, 2), new(3, 0.9f, 40, 3), new(0, 0.5f, 0, 4)];
        foreach (SamplingParams sampling in settings)
        {
            using ConformanceRunner runner = subject.Open();
            // None is certain enough: only the confidences are written.
            int[] masked = [.. Enumerable.Range(11, 18).Where(position => position % 3 != 0)];
            (int sequence, _) = Reveal(runner, sampling, UnmaskRule.Certain, least: 0, threshold: 2);
            Assert.Equal(masked.Length, Masks(runner, sequence));
            float[] confidences = runner.Confidences(sequence, 0, 40);
            int[] ranking = [.. masked.OrderByDescending(position => confidences[position])];
            foreach ((int least, int certain) in ((int, int)[])[(0, 3), (5, 3), (3, 5), (-1, 1), (100, 4), (0, 12)])
            {
                runner.Runner.CloseSequence(sequence);
                float bar = confidences[ranking[certain - 1]];
                (sequence, float[][] logits) = Reveal(runner, sampling, UnmaskRule.Certain, least, bar);
                int[] after = runner.Read(sequence, 0, 40);
                int[] revealed = [.. masked.Where(position => after[position] != runner.Mask)];
                Assert.Equal(ranking.Take(Math.Max(least, certain)).Order(), revealed);
                foreach (int position in revealed)
                {
                    double[] row = [.. logits[position - 1 - Rows.Start].Select(x => (double)x)];
                    Assert.Equal(ReferenceSampler.Softmax(row)[after[position]], confidences[position], 1e-4);
                }

                runner.Runner.CloseSequence(sequence);
                float factor = certain == masked.Length ? 100 : (Product(certain) + Product(certain + 1)) / 2;
                (sequence, _) = Reveal(runner, sampling, UnmaskRule.Factor, least, factor);
                after = runner.Read(sequence, 0, 40);
                Assert.Equal(revealed, masked.Where(position => after[position] != runner.Mask));

                float Product(int n) => (n + 1) * (1 - confidences[ranking[n - 1]]);
            }
        }

        static (int Sequence, float[][] Logits) Reveal(
            ConformanceRunner runner, SamplingParams sampling, UnmaskRule rule, int least, float threshold)
        {
            int sequence = Masked(runner);
            var step = new ForwardStep();
            step.AddRows(sequence, Rows, AttentionRange.Bidirectional(10, Rows));
            step.AddLogits(sequence, Rows);
            step.AddUnmask(Group(sequence, new TokenRange(11, 29), rule) with
            {
                Sampling = sampling,
                Confidence = ConfidenceKind.Certainty,
                Count = least,
                Threshold = threshold,
            });
            return (sequence, runner.Forward(step));
        }
    }

    public static void TheMaskIsNeverRevealed(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        int wouldBe = 0;
        for (int seed = 0; seed < 12; seed++)
        {
            int sequence = runner.Open(runner.Tokens(40, seed: 100 + seed));
            var step = new ForwardStep();
            step.AddRows(sequence, new TokenRange(0, 40), AttentionRange.CausalFrom(0, 40));
            step.AddLogits(sequence, new TokenRange(0, 40));
            step.AddUnmask(Group(sequence, new TokenRange(1, 41), UnmaskRule.All));
            float[][] logits = runner.Forward(step);
            int[] tokens = runner.Read(sequence, 1, 41);
            wouldBe += logits.Count(row => Best(row, except: -1) == runner.Mask);
            Assert.DoesNotContain(runner.Mask, tokens);
            Assert.Equal(logits.Select(row => Best(row, runner.Mask)), tokens);
            runner.Runner.CloseSequence(sequence);
        }

        Assert.True(wouldBe > 0, "the mask was never the most likely token: the check has checked nothing");
    }

    public static void DrawsDependOnSeedPositionAndStepOnly(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        int[] first = Draw(seed: 1, step: 1, company: false), again = Draw(seed: 1, step: 1, company: true);
        Assert.Equal(first, again);
        Assert.NotEqual(first, Draw(seed: 2, step: 1, company: false));
        Assert.NotEqual(first, Draw(seed: 1, step: 2, company: false));

        int[] Draw(ulong seed, int step, bool company)
        {
            int sequence = Masked(runner), other = company ? Masked(runner, tokens: 77) : -1;
            ForwardStep forward = new();
            if (company) Add(other, 99);
            Add(sequence, seed);
            runner.Forward(forward);
            int[] tokens = runner.Read(sequence, 11, 29);
            runner.Runner.CloseSequence(sequence);
            if (company) runner.Runner.CloseSequence(other);
            return tokens;

            void Add(int handle, ulong key)
            {
                forward.AddRows(handle, Rows, AttentionRange.Bidirectional(10, Rows));
                forward.AddUnmask(Group(handle, new TokenRange(11, 29), UnmaskRule.Scheduled) with
                {
                    Count = 100,
                    RandomStep = step,
                    Sampling = new SamplingParams(2, 1, 0, key),
                });
            }
        }
    }

    public static void UncomputedPositionsAreSkippedOnRequest(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        int sequence = Masked(runner);
        runner.Runner.WriteTokens(sequence, 32, [runner.Mask, runner.Mask]);
        UnmaskGroup all = Group(sequence, new TokenRange(11, 40), UnmaskRule.Scheduled) with { Count = 100 };
        var step = new ForwardStep();
        step.AddRows(sequence, Rows, AttentionRange.Bidirectional(10, Rows));
        step.AddUnmask(all);
        Assert.Throws<ArgumentException>(() => runner.Runner.Forward(step));
        Assert.Equal(12, Masks(runner, sequence));
        step.Clear();
        step.AddRows(sequence, Rows, AttentionRange.Bidirectional(10, Rows));
        step.AddUnmask(all with { SkipUncomputed = true });
        runner.Forward(step);
        Assert.Equal(0, Masks(runner, sequence));
        Assert.Equal([runner.Mask, runner.Mask], runner.Read(sequence, 32, 34));
    }

    public static void ManyRowsOfLogitsAreKeptInOrder(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        int sequence = runner.Open(runner.Tokens(50, seed: 2));
        ForwardStep Step(params TokenRange[] logits)
        {
            var step = new ForwardStep();
            step.AddRows(sequence, new TokenRange(0, 50), AttentionRange.CausalFrom(0, 50));
            foreach (TokenRange range in logits) step.AddLogits(sequence, range);
            return step;
        }

        float[][] all = runner.Forward(Step(new TokenRange(0, 50)));
        float[][] some = runner.Forward(Step(new TokenRange(40, 45), new TokenRange(3, 5), new TokenRange(44, 46)));
        runner.AssertSame([.. all[40..45], .. all[3..5], .. all[44..46]], some);
        Assert.Throws<ArgumentException>(() => runner.Logits(9));
        runner.Forward(Step());
        Assert.Throws<ArgumentException>(() => runner.Logits(0));
    }

    private static int Best(float[] logits, int except) =>
        Enumerable.Range(0, logits.Length).Where(token => token != except).MaxBy(token => logits[token]);

    private static UnmaskGroup Group(int sequence, TokenRange positions, UnmaskRule rule) => new()
    {
        Sequence = sequence,
        Positions = positions,
        Rule = rule,
        Sampling = SamplingParams.Greedy,
    };

    private static ForwardStep DenoiseStep(int sequence, UnmaskRule rule, ConfidenceKind kind, int count, bool logits)
    {
        var step = new ForwardStep();
        step.AddRows(sequence, Rows, AttentionRange.Bidirectional(10, Rows));
        if (logits) step.AddLogits(sequence, Rows);
        step.AddUnmask(Group(sequence, new TokenRange(11, 29), rule) with { Confidence = kind, Count = count });
        return step;
    }

    /// <summary>Ten tokens in the cache, then a span of 18 positions of which 12 are masked.</summary>
    private static int Masked(ConformanceRunner runner, int tokens = 3)
    {
        int sequence = runner.Open(runner.Tokens(40, seed: tokens));
        runner.Prefill(sequence, 0, 10);
        for (int position = 11; position < 29; position++)
        {
            if (position % 3 != 0) runner.Runner.WriteTokens(sequence, position, [runner.Mask]);
        }

        return sequence;
    }

    private static int Masks(ConformanceRunner runner, int sequence) =>
        runner.Read(sequence, 11, 29).Count(token => token == runner.Mask);
}
