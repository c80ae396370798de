using System.Collections.Immutable;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Engine;

/// <summary>Text of parts of a sequence.</summary>
internal sealed class SpanText(Tokenizer tokenizer, ImmutableArray<int> stopTokens)
{
    // The cleaner removes those of the family by their text, where its recorded results have blanks around them.
    private readonly int[] _otherStops =
        [.. stopTokens.Where(id => TextCleaner.CleanForAlpacaEval(tokenizer.Decode([id])).Length > 0)];

    public Tokenizer Tokenizer => tokenizer;

    /// <summary>The tokens that end an answer.</summary>
    public ImmutableArray<int> StopTokens => stopTokens;

    /// <summary>Text without special tokens, for answers without spans.</summary>
    public string Plain(ReadOnlySpan<int> ids) => tokenizer.Decode(ids, skipSpecial: true);

    /// <summary>The answer in plain text: plans, tags, padding and what ends answers removed.</summary>
    public string Clean(ReadOnlySpan<int> ids)
    {
        if (ids.ContainsAny(_otherStops)) ids = ids.ToArray().Where(id => !_otherStops.Contains(id)).ToArray();
        return TextCleaner.CleanForAlpacaEval(tokenizer.Decode(ids));
    }

    /// <summary>Text with a placeholder for each unrevealed token.</summary>
    public string WithGaps(ReadOnlySpan<int> ids, int mask)
    {
        var text = new System.Text.StringBuilder();
        while (!ids.IsEmpty)
        {
            int gap = ids.IndexOf(mask);
            ReadOnlySpan<int> revealed = gap < 0 ? ids : ids[..gap];
            text.Append(tokenizer.Decode(revealed, skipSpecial: true));
            if (gap >= 0) text.Append(GenerationEvent.Unrevealed);
            ids = ids[(revealed.Length + (gap < 0 ? 0 : 1))..];
        }

        return text.Replace("[PAD]", "").ToString();
    }

    /// <summary>The topic of a promise, without the number at its end.</summary>
    public string Topic(Sequence sequence, PlannedSpan span) =>
        tokenizer.Decode(sequence.TokensIn(span.Topic)).Trim().TrimEnd("0123456789".ToCharArray()).TrimEnd();

    /// <summary>Topics and lengths of a round.</summary>
    public PlanItem[] Items(Sequence sequence, DecodingRound round) =>
        [.. round.Plan!.Spans.Select(span => new PlanItem(Topic(sequence, span), span.Length))];
}
