using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;
using Xunit;

namespace PlannedDiffusion.TestKit.Conformance;

/// <summary>Logits that are not numbers: they mark their positions and do not affect others.</summary>
internal static class BrokenLogitsChecks
{
    private const int BrokenWord = 7; // a token whose embedding is NaN

    private static readonly TokenRange Span = new(10, 20);

    public static void BrokenLogitsMarkTheirPositions(RunnerSubject subject)
    {
        foreach (UnmaskRule rule in Enum.GetValues<UnmaskRule>())
        {
            using ConformanceRunner runner = Open(subject);
            int broken = Masked(runner, BrokenWord), sound = Masked(runner, BrokenWord + 1);
            var together = new ForwardStep();
            together.Add(Denoise(broken, rule));
            together.Add(Denoise(sound, rule));
            runner.Runner.Forward(together);
            int[] marks = runner.Read(broken, 0, 40);
            // The whole span sees the broken word, whatever the rule would reveal.
            Assert.Equal(
                Enumerable.Range(11, 8), Enumerable.Range(0, 40).Where(p => marks[p] == UnmaskGroup.BrokenToken));
            Assert.Equal(BrokenWord, marks[5]);
            int soundMasks = runner.Read(sound, 11, 19).Count(token => token == runner.Mask);
            Assert.Equal(0, MasksLeft(runner, broken)); // none of its positions is masked
            Assert.Equal(StepRules.Counts(rule) ? soundMasks : 0, MasksLeft(runner, sound));

            int alone = Masked(runner, BrokenWord + 1);
            runner.Runner.Forward(Denoise(alone, rule));
            Assert.Equal(runner.Read(alone, 0, 40), runner.Read(sound, 0, 40));
            Assert.DoesNotContain(UnmaskGroup.BrokenToken, runner.Read(sound, 0, 40));
        }
    }

    public static void StepsOverBrokenPositionsHarmNobody(RunnerSubject subject)
    {
        using ConformanceRunner runner = Open(subject);
        int broken = runner.Open([1, BrokenWord, 3]), sound = runner.Open([1, 2, 3]), alone = runner.Open([1, 2, 3]);
        for (int end = 3; end < 12; end++)
        {
            var together = new ForwardStep();
            together.Add(NextToken(broken, end)); // its row computes a token that the last step could not decide
            together.Add(NextToken(sound, end));
            runner.Runner.Forward(together);
        }

        for (int end = 3; end < 12; end++) runner.Runner.Forward(NextToken(alone, end));
        Assert.Equal(Enumerable.Repeat(UnmaskGroup.BrokenToken, 9), runner.Read(broken, 3, 12));
        Assert.Equal(runner.Read(alone, 0, 12), runner.Read(sound, 0, 12));
        runner.Runner.CloseSequence(broken);
        int next = runner.Open([1, 2, 3]); // the memory of the broken one
        for (int end = 3; end < 12; end++) runner.Runner.Forward(NextToken(next, end));
        Assert.Equal(runner.Read(alone, 0, 12), runner.Read(next, 0, 12));
    }

    /// <summary>A weight makes sums overflow: +infinity breaks a row, -infinity alone does not.</summary>
    public static void OnlyMinusInfinityIsALegalInfinity(RunnerSubject subject)
    {
        ModelWeights weights = TinyModels.WithHead(RunnerSubject.Weights(), token: 50, value: 3e38f);
        using var runner = new ConformanceRunner(subject, weights);
        int sequence = runner.Open(runner.Tokens(40, seed: 6));
        var step = new ForwardStep();
        step.AddRows(sequence, new TokenRange(0, 40), AttentionRange.CausalFrom(0, 40));
        step.AddLogits(sequence, new TokenRange(0, 40));
        step.AddUnmask(Group(sequence, new TokenRange(1, 41), UnmaskRule.All));
        float[][] logits = runner.Forward(step);
        bool[] marks = [.. runner.Read(sequence, 1, 41).Select(token => token == UnmaskGroup.BrokenToken)];
        bool[] broken = [.. logits.Select(row => row.Any(x => float.IsNaN(x) || float.IsPositiveInfinity(x)))];
        Assert.Equal(broken, marks);
        Assert.Contains(true, broken); // otherwise this checks nothing
        Assert.Contains(logits, row => row.Any(float.IsNegativeInfinity) && !row.Any(float.IsPositiveInfinity));
    }

    /// <summary>
    /// Broken keys: no score of their head is a number, so no row is. A softmax that ignores them would continue as if
    /// the head saw nothing, or everything equally.
    /// </summary>
    public static void BrokenKeysBreakEveryRow(RunnerSubject subject)
    {
        foreach (float value in (float[])[float.NaN, float.PositiveInfinity])
        {
            ModelWeights weights = TinyModels.WithKeyBias(RunnerSubject.Weights(), value);
            using var runner = new ConformanceRunner(subject, weights);
            int sequence = runner.Open([1, 2, 3]);
            for (int end = 3; end < 6; end++) runner.Runner.Forward(NextToken(sequence, end));
            Assert.Equal(Enumerable.Repeat(UnmaskGroup.BrokenToken, 3), runner.Read(sequence, 3, 6));
            int span = Masked(runner, BrokenWord);
            runner.Runner.Forward(Denoise(span, UnmaskRule.All));
            Assert.Equal(Enumerable.Repeat(UnmaskGroup.BrokenToken, 8), runner.Read(span, 11, 19));
        }
    }

    public static void TinyTemperaturesAreGreedy(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        int[] greedy = Draw(0);
        foreach (float temperature in (float[])[1e-9f, 1e-20f, 1e-38f, 1e-45f]) Assert.Equal(greedy, Draw(temperature));

        int[] Draw(float temperature)
        {
            int sequence = runner.Open(runner.Tokens(30, seed: 3));
            var step = new ForwardStep();
            step.AddRows(sequence, new TokenRange(0, 30), AttentionRange.CausalFrom(0, 30));
            step.AddUnmask(Group(sequence, new TokenRange(1, 31), UnmaskRule.All) with
            {
                Sampling = new SamplingParams(temperature, 1, 0, 5),
            });
            runner.Runner.Forward(step);
            int[] tokens = runner.Read(sequence, 1, 31);
            runner.Runner.CloseSequence(sequence);
            return tokens;
        }
    }

    private static int MasksLeft(ConformanceRunner runner, int sequence)
    {
        var left = new int[1];
        runner.Runner.EndRead(runner.Runner.BeginReadMasksLeft(sequence, 1), left);
        return left[0];
    }

    private static ConformanceRunner Open(RunnerSubject subject)
    {
        ModelWeights weights = TinyModels.WithEmbedding(RunnerSubject.Weights(), BrokenWord, float.NaN);
        return new ConformanceRunner(subject, weights);
    }

    /// <summary>A span of eight masks after ten computed tokens, of which the sixth is given.</summary>
    private static int Masked(ConformanceRunner runner, int word)
    {
        int[] tokens = [.. Enumerable.Range(60, 40)];
        tokens[5] = word;
        tokens.AsSpan(11, 8).Fill(runner.Mask);
        int sequence = runner.Open(tokens);
        runner.Prefill(sequence, 0, 10);
        return sequence;
    }

    private static ForwardStep Denoise(int sequence, UnmaskRule rule)
    {
        var step = new ForwardStep();
        step.AddRows(sequence, Span, AttentionRange.Bidirectional(10, Span));
        step.AddUnmask(Group(sequence, new TokenRange(11, 19), rule) with
        {
            Count = 2,
            StepsLeft = 4,
            Threshold = 0.5f,
            ResetCarry = true,
        });
        return step;
    }

    private static ForwardStep NextToken(int sequence, int position)
    {
        int start = position == 3 ? 0 : position - 1;
        var step = new ForwardStep();
        step.AddRows(sequence, new TokenRange(start, position), AttentionRange.CausalFrom(start, position));
        step.AddUnmask(Group(sequence, new TokenRange(position, position + 1), UnmaskRule.All));
        return step;
    }

    private static UnmaskGroup Group(int sequence, TokenRange positions, UnmaskRule rule) => new()
    {
        Sequence = sequence,
        Positions = positions,
        Sampling = SamplingParams.Greedy,
        Rule = rule,
    };
}
