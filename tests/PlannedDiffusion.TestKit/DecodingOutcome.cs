using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Forward;
using Xunit;

namespace PlannedDiffusion.TestKit;

/// <summary>What is left of a decoding when it has ended, as far as somebody can look at it.</summary>
/// <param name="Facts">Tokens, rounds, the reason of the end.</param>
/// <param name="Passes">The passes.</param>
/// <param name="Confidences">Those of the last step that ranked each position.</param>
/// <param name="Logits">Of a row that sees all keys and values; empty if some are left uncomputed.</param>
/// <param name="Surplus">Passes that were taken back.</param>
internal sealed record DecodingOutcome(
    string Facts,
    IReadOnlyList<DecodingPass> Passes,
    IReadOnlyList<float> Confidences,
    IReadOnlyList<float> Logits,
    int Surplus)
{
    /// <summary>
    /// Decodes without reading anything in between. Confidences depend on the keys and values of the steps that ranked
    /// the positions, and the logits of a row that sees everything on those left at the end.
    /// </summary>
    public static DecodingOutcome Of(
        Func<IModelRunner> create, IDecoder decoder, int capacity, ReadOnlySpan<int> prompt)
    {
        ArgumentNullException.ThrowIfNull(create);
        ArgumentNullException.ThrowIfNull(decoder);
        using IModelRunner runner = create();
        using var sequence = new Sequence(runner, capacity, prompt);
        foreach (ReadyPass pass in decoder.Decode(sequence))
        {
            Assert.Equal(pass.Stage, sequence.Record.Passes[^1].Stage);
            runner.Forward(pass.Step);
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
    /// The confidence of each position; of an answer in rounds, those of its spans, since tags and plans stand where
    /// other tokens may have been decided before.
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

    /// <summary>Another decoding that has come to the same, by whatever passes.</summary>
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
