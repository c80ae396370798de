using PlannedDiffusion.Decoding;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.TestKit;

/// <summary>A position that a pass revealed.</summary>
public readonly record struct Reveal(int Position, int Token, float Confidence);

/// <summary>One pass, seen from outside.</summary>
public sealed record RecordedPass(
    DecodingStage Stage,
    int Round,
    int Rows,
    IReadOnlyList<Reveal> Revealed,
    IReadOnlyList<float[]> Logits);

/// <summary>Drives a decoder pass by pass on a runner and records everything that the golden data contain.</summary>
internal sealed class DecodingRecording
{
    private readonly IModelRunner _runner;
    private readonly bool _allLogits;
    private readonly List<RecordedPass> _passes = [];
    private int _surplus;

    private DecodingRecording(IModelRunner runner, Sequence sequence, bool allLogits)
    {
        _runner = runner;
        Sequence = sequence;
        _allLogits = allLogits;
    }

    /// <summary>The sequence.</summary>
    public Sequence Sequence { get; }

    /// <summary>The passes.</summary>
    public IReadOnlyList<RecordedPass> Passes => _passes;

    /// <summary>The passes that each decided one token, with the logits of the row that predicted it.</summary>
    public IReadOnlyList<RecordedPass> Autoregressive =>
        [.. _passes.Where(pass => pass.Stage != DecodingStage.Denoise && pass.Logits.Count > 0)];

    /// <summary>The denoise passes of a round.</summary>
    public IReadOnlyList<RecordedPass> Denoise(int round) =>
        [.. _passes.Where(pass => pass.Stage == DecodingStage.Denoise && pass.Round == round)];

    /// <summary>The sequence's tokens right after each scaffold was laid out, by round.</summary>
    public List<int[]> Scaffolds { get; } = [];

    /// <summary>Decodes to the end.</summary>
    /// <param name="runner">The model.</param>
    /// <param name="sequence">The sequence with its prompt.</param>
    /// <param name="decoder">The decoder.</param>
    /// <param name="allLogits">True to keep the logits of all rows of denoise passes.</param>
    public static DecodingRecording Run(
        IModelRunner runner, Sequence sequence, IDecoder decoder, bool allLogits = false)
    {
        var recording = new DecodingRecording(runner, sequence, allLogits);
        foreach (ReadyPass pass in decoder.Decode(sequence))
        {
            recording.TakeBackSurplus();
            recording.Compute(pass.Stage, pass.Step);
        }

        recording.TakeBackSurplus();
        return recording;
    }

    /// <summary>Drops passes that the sequence has removed, and updates the rows of the last one that count.</summary>
    private void TakeBackSurplus()
    {
        for (; _surplus < Sequence.Record.Surplus; _surplus++) _passes.RemoveAt(_passes.Count - 1);
        if (_passes.Count > 0) _passes[^1] = _passes[^1] with { Rows = Sequence.Record.Passes[_passes.Count - 1].Rows };
    }

    private void Compute(DecodingStage stage, ForwardStep pass)
    {
        int rows = pass.RowCount;
        int[] before = Tokens();
        AskForLogits(pass, stage, before);
        if (stage == DecodingStage.Denoise && Sequence.Rounds.Count > Scaffolds.Count) Scaffolds.Add(before);
        _runner.Forward(pass);
        int[] after = Tokens();
        var confidences = new float[after.Length];
        _runner.ReadConfidences(Sequence.Handle, 0, confidences);
        List<Reveal> revealed = [.. Enumerable.Range(0, after.Length)
            .Where(p => before[p] == _runner.Config.MaskTokenId && after[p] != before[p])
            .Select(p => new Reveal(p, after[p], confidences[p]))];
        var logits = new List<float[]>();
        for (int i = 0; i < pass.LogitsCount; i++)
        {
            logits.Add(new float[_runner.Config.VocabularySize]);
            _runner.ReadLogits(i, logits[i]);
        }

        _passes.Add(new RecordedPass(stage, Sequence.Rounds.Count - 1, rows, revealed, logits));
    }

    private void AskForLogits(ForwardStep pass, DecodingStage stage, int[] tokens)
    {
        if (stage != DecodingStage.Denoise)
        {
            foreach (UnmaskGroup group in pass.Unmask)
                pass.AddLogits(group.Sequence, new TokenRange(group.Positions.Start - 1, group.Positions.Start));
        }
        else if (_allLogits)
        {
            foreach (RowGroup group in pass.Rows)
            {
                ReadOnlySpan<int> own = tokens.AsSpan(group.Positions.Start, group.Positions.Length);
                if (group.WriteOnlyIfMasked && !own.Contains(Sequence.MaskToken)) continue; // finished: left alone
                pass.AddLogits(group.Sequence, group.Positions);
            }
        }
    }

    private int[] Tokens()
    {
        var tokens = new int[Sequence.Length];
        _runner.ReadTokens(Sequence.Handle, 0, tokens);
        return tokens;
    }
}
