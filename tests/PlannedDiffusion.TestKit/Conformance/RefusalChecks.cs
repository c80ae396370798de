using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;
using Xunit;

namespace PlannedDiffusion.TestKit.Conformance;

/// <summary>Refused calls and steps, which must not change the runner.</summary>
internal static class RefusalChecks
{
    public static void RefusedStepsChangeNothing(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open(), undisturbed = subject.Open();
        int[] tokens = runner.Tokens(30, seed: 1);
        int sequence = runner.Open(tokens, capacity: 40), other = undisturbed.Open(tokens, capacity: 40);
        float[][] before = runner.Forward(Good(sequence, 0, 20));
        undisturbed.AssertSame(before, undisturbed.Forward(Good(other, 0, 20)));

        foreach ((string name, Action<ForwardStep> add) in Bad(sequence))
        {
            var step = new ForwardStep();
            step.AddRows(sequence, new TokenRange(5, 9), AttentionRange.CausalFrom(5, 9));
            add(step);
            Exception? refusal = Record.Exception(() => runner.Runner.Forward(step));
            Assert.True(refusal is ArgumentException, $"{name}: {refusal?.ToString() ?? "was accepted"}");
            Assert.DoesNotContain('\n', refusal!.Message);
            runner.AssertSame(before, [.. Enumerable.Range(0, before.Length).Select(runner.Logits)]);
            Assert.Equal(tokens, runner.Read(sequence, 0, 30));
        }

        runner.AssertSame(undisturbed.Forward(Good(other, 20, 30)), runner.Forward(Good(sequence, 20, 30)));
    }

    public static void ReadsAndWritesStayInTheirSequence(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        IModelRunner model = runner.Runner;
        int sequence = runner.Open(runner.Tokens(10, seed: 1), capacity: 20);
        var room = new int[5];
        Assert.Throws<ArgumentException>(() => model.WriteTokens(sequence, 16, room));
        Assert.Throws<ArgumentException>(() => model.WriteTokens(sequence, -1, room));
        Assert.Throws<ArgumentException>(() => model.WriteTokens(sequence, 0, [1, 2, 131]));
        Assert.Throws<ArgumentException>(() => model.WriteTokens(sequence, 0, [-1]));
        Assert.Throws<ArgumentException>(() => model.ReadTokens(sequence, 16, room));
        Assert.Throws<ArgumentException>(() => model.ReadConfidences(sequence, 16, new float[5]));
        Assert.Throws<ArgumentException>(() => model.ClearKeyValues(sequence, new TokenRange(10, 21)));
        Assert.Throws<ArgumentException>(() => model.ReadTokens(sequence + 1, 0, room));
        Assert.Equal(runner.Tokens(10, seed: 1), runner.Read(sequence, 0, 10));
        model.WriteTokens(sequence, 15, room);
        model.CloseSequence(sequence);
        Assert.Throws<ArgumentException>(() => model.ReadTokens(sequence, 0, room));
    }

    private static ForwardStep Good(int sequence, int start, int end)
    {
        var step = new ForwardStep();
        step.AddRows(sequence, new TokenRange(start, end), AttentionRange.CausalFrom(start, end));
        step.AddLogits(sequence, new TokenRange(end - 3, end));
        return step;
    }

    private static (string, Action<ForwardStep>)[] Bad(int sequence)
    {
        AttentionRange causal = AttentionRange.CausalFrom(10, 12);
        return
        [
            ("unknown sequence", step => step.AddRows(sequence + 1, new(10, 12), causal)),
            ("sequence 0 or below", step => step.AddRows(-1, new(10, 12), causal)),
            ("rows beyond the capacity", step => step.AddRows(sequence, new(39, 41), new(39, new(39, 40), true))),
            ("rows before the start", step => step.AddRows(sequence, new(-1, 1), AttentionRange.CausalFrom(0, 1))),
            ("a position twice", step => step.AddRows(sequence, new(8, 12), causal)),
            ("a prefix beyond the capacity", step => step.AddRows(sequence, new(10, 12), new(41, new(41, 41), false))),
            ("a negative prefix", step => step.AddRows(sequence, new(10, 12), new(-1, new(10, 12), false))),
            ("a block beyond the capacity", step => step.AddRows(sequence, new(10, 12), new(10, new(10, 41), false))),
            ("a block within the prefix", step => step.AddRows(sequence, new(10, 12), new(10, new(9, 12), false))),
            ("a block backwards", step => step.AddRows(sequence, new(10, 12), new(5, new(9, 8), false))),
            ("rows that see nothing", step => step.AddRows(sequence, new(10, 12), new(0, new(11, 12), true))),
            ("too many rows", step =>
            {
                for (int i = 0; i < 16; i++) step.AddRows(sequence, new(10, 14), AttentionRange.CausalFrom(10, 14));
            }),
            ("logits of a row that is not there", step => step.AddLogits(sequence, new(8, 10))),
            ("logits before the start", step => step.AddLogits(sequence, new(-1, 1))),
            ("a target without its row", step => step.AddUnmask(Targets(sequence, new(10, 12)))),
            ("a target beyond the capacity", step => step.AddUnmask(Targets(sequence, new(40, 41)))),
            ("a target of an unknown sequence", step => step.AddUnmask(Targets(sequence + 1, new(6, 8)))),
            ("a carry counter that is not there", step => step.AddUnmask(
                Targets(sequence, new(6, 8)) with { Rule = UnmaskRule.Threshold, GroupIndex = 4 })),
            ("a negative temperature", step => step.AddUnmask(
                Targets(sequence, new(6, 8)) with { Sampling = new SamplingParams(-1, 1, 0, 0) })),
        ];
    }

    private static UnmaskGroup Targets(int sequence, TokenRange positions) => new()
    {
        Sequence = sequence,
        Positions = positions,
        Sampling = SamplingParams.Greedy,
        Rule = UnmaskRule.All,
    };
}
