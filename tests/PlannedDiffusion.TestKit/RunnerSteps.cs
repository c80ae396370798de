using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.TestKit;

/// <summary>Steps that the tests of each runner take.</summary>
public static class RunnerSteps
{
    /// <summary>
    /// A prompt, a span, logits, a scheduled and a threshold group, in one step over 70 positions of a sequence.
    /// </summary>
    /// <param name="sequence">The sequence, with masks from position 40 on.</param>
    /// <param name="count">Tokens that a group reveals.</param>
    public static ForwardStep EveryKindOfWork(int sequence, int count = 0)
    {
        var step = new ForwardStep();
        var span = new TokenRange(40, 70);
        step.AddRows(sequence, new TokenRange(0, 30), AttentionRange.CausalFrom(0, 30));
        step.AddRows(sequence, span, AttentionRange.Bidirectional(30, span));
        step.AddLogits(sequence, new TokenRange(5, 8));
        UnmaskGroup group = new()
        {
            Sequence = sequence,
            Positions = new TokenRange(41, 55),
            Sampling = new SamplingParams(0.7f, 0.9f, 50, 1),
            Rule = UnmaskRule.Scheduled,
            Confidence = ConfidenceKind.NegativeEntropy,
            Count = count,
        };
        step.AddUnmask(group);
        step.AddUnmask(group with { Positions = new TokenRange(55, 70), Rule = UnmaskRule.Threshold, Threshold = 2 });
        return step;
    }

    /// <summary>Logits of 23 rows: the end of a prompt of 20, and a span of 13 after it.</summary>
    public static float[] Logits(IModelRunner runner)
    {
        ArgumentNullException.ThrowIfNull(runner);
        int vocabulary = runner.Config.VocabularySize;
        int[] tokens = [.. Enumerable.Range(0, 33).Select(i => i * 31 % vocabulary)];
        int sequence = runner.OpenSequence(tokens.Length);
        runner.WriteTokens(sequence, 0, tokens);
        var step = new ForwardStep();
        var span = new TokenRange(20, tokens.Length);
        step.AddRows(sequence, new TokenRange(0, 20), AttentionRange.CausalFrom(0, 20));
        step.AddRows(sequence, span, AttentionRange.Bidirectional(20, span));
        step.AddLogits(sequence, new TokenRange(10, tokens.Length));
        runner.Forward(step);
        var all = new float[step.LogitsCount * vocabulary];
        for (int i = 0; i < step.LogitsCount; i++) runner.ReadLogits(i, all.AsSpan(i * vocabulary, vocabulary));
        return all;
    }
}
