using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Forward;
using Xunit;

namespace PlannedDiffusion.TestKit;

/// <summary>The observable results of a decoding.</summary>
/// <param name="Facts">Tokens, rounds, and the reason why it ended.</param>
/// <param name="Passes">The passes.</param>
/// <param name="Confidences">The confidence of each position in the last step that ranked it.</param>
/// <param name="Logits">The logits of a row that sees all keys and values; empty if some are not computed.</param>
/// <param name="Surplus">Surplus passes that were removed.</param>
internal sealed record DecodingOutcome(
    string Facts,
    IReadOnlyList<DecodingPass> Passes,
    IReadOnlyList<float> Confidences,
    IReadOnlyList<float> Logits,
    int Surplus)
{
    /// <summary>
    /// Decodes without any read in between. Confidences depend on the keys and values of the steps that ranked the
    /// positions. The logits of a row that sees everything depend on those at the end.
    /// </summary>
    /// <param name="create">Makes the runner.</param>
    /// <param name="decoder">The decoder.</param>
    /// <param name="capacity">Positions of the sequence.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="taker">Computes parts of passes; null for whole passes.</param>
    public static DecodingOutcome Of(
        Func<IModelRunner> create, IDecoder decoder, int capacity, ReadOnlySpan<int> prompt,
        PassTaker? taker = null)
    {
        ArgumentNullException.ThrowIfNull(create);
        ArgumentNullException.ThrowIfNull(decoder);
        using IModelRunner runner = create();
        using var sequence = new Sequence(runner, capacity, prompt);
        foreach (ReadyPass pass in decoder.Decode(sequence))
        {
            Assert.Equal(pass.Stage, sequence.Record.Passes[^1].Stage);
            if (taker is null) runner.Forward(pass.Step);
            else taker.Compute(pass, sequence, runner);
        }

        IEnumerable<string> rounds = sequence.Rounds.Select(round =>
            $"{round.PlanTokens} {round.Terminator} {round.PlannedSteps} {round.Steps} {round.MasksLeft} " +
            string.Join(' ', Enumerable.Range(0, round.Scaffold?.Count ?? 0).Select(round.CompletedAt)));
        string[] facts =
        [
            string.Join(' ', sequence.Tokens.ToArray()),
            .. rounds,
            $"{sequence.Finish}, computed {sequence.KeyValues.Computed}",
        ];
        float[] confidences = Ranked(runner, sequence);
        if (sequence.KeyValues.Riding > 0) return Outcome([]); // rows that nobody will look at were never computed
        var probe = new ForwardStep();
        var last = new TokenRange(sequence.Length - 1, sequence.Length);
        var none = new TokenRange(last.End, last.End);
        probe.AddRows(sequence.Handle, last, AttentionRange.Bidirectional(last.End, none));
        probe.AddLogits(sequence.Handle, last);
        runner.Forward(probe);
        var logits = new float[runner.Config.VocabularySize];
        runner.ReadLogits(0, logits);
        return Outcome(logits);

        DecodingOutcome Outcome(float[] logits) => new(
            string.Join('\n', facts), [.. sequence.Record.Passes], confidences, logits, sequence.Record.Surplus);
    }

    /// <summary>
    /// The confidence of each position; for an answer in rounds only those of its spans, because tags and plans may
    /// overwrite positions that were decided before.
    /// </summary>
    private static float[] Ranked(IModelRunner runner, Sequence sequence)
    {
        var confidences = new float[sequence.Length];
        runner.ReadConfidences(sequence.Handle, 0, confidences);
        Scaffold[] scaffolds = [.. sequence.Rounds.Select(round => round.Scaffold).OfType<Scaffold>()];
        if (scaffolds.Length == 0) return confidences;
        return [.. scaffolds.SelectMany(scaffold => Enumerable.Range(0, scaffold.Count).Select(scaffold.Content))
            .SelectMany(content => confidences.Take(content.End).Skip(content.Start))];
    }

    /// <summary>Asserts that another decoding has the same results, with any passes.</summary>
    public void AssertSame(DecodingOutcome other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Assert.Equal(Facts, other.Facts);
        Assert.Equal(Logits, other.Logits);
        for (int i = 0; i < Confidences.Count; i++)
        {
            if (Confidences[i] != 0) Assert.Equal(Confidences[i], other.Confidences[i]);
        }
    }
}
