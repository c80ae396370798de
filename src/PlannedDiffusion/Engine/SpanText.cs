using System.Collections.Immutable;
using System.Text;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Engine;

/// <summary>Text of parts of a sequence. Safe for concurrent use.</summary>
internal sealed class SpanText(AnswerTokens tokens)
{
    // The cleaner removes the family's stop tokens by their text, because its recorded results have blanks around them.
    private readonly int[] _otherStops = [.. tokens.Stops
        .Where(id => TextCleaner.CleanForAlpacaEval(tokens.Tokenizer.Decode([id])).Length > 0)];

    /// <summary>Decides which tokens are text.</summary>
    public AnswerTokens Tokens => tokens;

    /// <summary>The published text of an answer without spans, without special tokens.</summary>
    public string Plain(ReadOnlySpan<int> ids) => tokens.Tokenizer.Decode(ids, skipSpecial: true);

    /// <summary>The published text of a planned answer: text that spells plans, tags or padding is removed.</summary>
    public string Clean(ReadOnlySpan<int> ids)
    {
        if (ids.ContainsAny(_otherStops)) ids = ids.ToArray().Where(id => !_otherStops.Contains(id)).ToArray();
        return TextCleaner.CleanForAlpacaEval(tokens.Tokenizer.Decode(ids));
    }

    /// <summary>Text of a span with a placeholder for each unrevealed token.</summary>
    public string WithGaps(ReadOnlySpan<int> ids)
    {
        var text = new StringBuilder();
        while (!ids.IsEmpty)
        {
            int gap = ids.IndexOf(tokens.Mask);
            int[] revealed = (gap < 0 ? ids : ids[..gap]).ToArray();
            int[] shown = [.. revealed.Where(id => tokens.IsText(id, AnswerPart.FixedText))];
            text.Append(tokens.Tokenizer.Decode(shown));
            if (gap >= 0) text.Append(GenerationEvent.Unrevealed);
            ids = ids[(revealed.Length + (gap < 0 ? 0 : 1))..];
        }

        return text.ToString();
    }

    /// <summary>Topics and lengths of a round.</summary>
    public PlanItem[] Items(Sequence sequence, DecodingRound round) =>
        [.. round.Plan!.Spans.Select(span => new PlanItem(Topic(sequence.TokensIn(span.Topic)), span.Length))];

    /// <summary>Topics and lengths of promises.</summary>
    public PlanItem[] Items(ImmutableArray<Promise> promises) =>
        [.. promises.Select(promise => new PlanItem(Topic(promise.Topic.AsSpan()), promise.Length))];

    /// <summary>The topic of a promise, without the number at its end.</summary>
    private string Topic(ReadOnlySpan<int> ids) =>
        tokens.Tokenizer.Decode(ids).Trim().TrimEnd("0123456789".ToCharArray()).TrimEnd();
}
