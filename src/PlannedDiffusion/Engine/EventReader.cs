using System.Collections.Immutable;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Engine;

/// <summary>Makes the public events of a request, on its reader's thread.</summary>
/// <param name="text">Makes text.</param>
/// <param name="settled">Makes the settled text; null if the text of an autoregressive answer is told instead.</param>
/// <param name="reveals">True to tell what is under way.</param>
internal sealed class EventReader(SpanText text, AnswerReader? settled, bool reveals)
{
    private readonly StreamingDetokenizer _stream = new(text.Tokens.Tokenizer);
    private readonly List<TextDelta> _held = []; // the last word with the white space after it, if there is any
    private SpanBeingRead[] _spans = []; // of the round
    private bool _begun;

    /// <summary>The events of an entry, in order.</summary>
    public IEnumerable<GenerationEvent> Read(ProgressEntry entry)
    {
        if (settled?.Read(entry) is { Length: > 0 } piece) yield return new TextSettled(piece);
        IEnumerable<GenerationEvent> events = entry switch
        {
            RequestStarted started when settled is not null && reveals => [new Started(started.Queued)],
            TokensWritten written => Written(written),
            SpansLaidOut laidOut => LaidOut(laidOut),
            TokensRevealed revealed => Revealed(revealed),
            TextFound found when settled is null => [new TextDelta(found.Text.ToString())],
            AnswerCompleted completed => Completed(completed),
            _ => [],
        };
        foreach (GenerationEvent happened in events) yield return happened;
    }

    private IEnumerable<GenerationEvent> Written(TokensWritten written)
    {
        if (written.Round is { } round)
        {
            if (!reveals) return [];
            return written.IsGiven
                ? Told(round, _stream.Append([.. written.Tokens.Select(token => token.Id)]), isDrafted: false)
                : written.Tokens.SelectMany(token => Told(round, _stream.Append(token.Id), token.IsDrafted));
        }

        return settled is not null ? [] : written.Tokens
            .Where(token => text.Tokens.IsText(token.Id, AnswerPart.Text))
            .SelectMany(token => Answered(_stream.Append(token.Id), token.IsDrafted));
    }

    private IEnumerable<GenerationEvent> LaidOut(SpansLaidOut laidOut)
    {
        _spans = [.. laidOut.Lengths.Select(length => new SpanBeingRead(length, text.Tokens.Mask))];
        return laidOut.Round is { } round
            ? [new PlanReady(round, text.Items(laidOut.Promises), laidOut.PlannedSteps)]
            : [];
    }

    private IEnumerable<GenerationEvent> Revealed(TokensRevealed revealed)
    {
        SpanBeingRead span = _spans[revealed.Span];
        span.Reveal(revealed.Tokens);
        int round = revealed.Round ?? 0;
        if (revealed.Revealed == revealed.Length)
        {
            AnswerPart part = revealed.Round is null ? AnswerPart.FixedText : AnswerPart.Span;
            string all = AnswerText.Of(text.Tokens, part, span.Ids);
            (ImmutableArray<int> at, ImmutableArray<int> ids) = span.Take();
            yield return new SpanCompleted(round, revealed.Span, revealed.Step, all) { At = at, Tokens = ids };
        }
        else if (reveals)
        {
            string soFar = text.WithGaps(span.Ids);
            (ImmutableArray<int> at, ImmutableArray<int> ids) = span.Take();
            yield return new SpanProgress(
                round, revealed.Span, revealed.Step, revealed.Revealed, revealed.Length, soFar)
            {
                At = at,
                Tokens = ids,
            };
        }
    }

    private IEnumerable<GenerationEvent> Completed(AnswerCompleted completed)
    {
        if (_held is [var last, ..] && last.Text.TrimEnd() is { Length: > 0 } word)
            yield return last with { Text = word };
        yield return new Completed(completed.Answer.Result());
    }

    private static IEnumerable<GenerationEvent> Told(int round, string delta, bool isDrafted) =>
        delta.Length > 0 ? [new PlanDelta(round, delta) { Drafted = isDrafted }] : [];

    /// <summary>
    /// White space at the start of an answer does not belong to it. That at its end does not either, so it is held
    /// until more text follows.
    /// </summary>
    private List<TextDelta> Answered(string delta, bool isDrafted)
    {
        if (!_begun) delta = delta.TrimStart();
        if (delta.Length == 0) return [];
        _begun = true;
        List<TextDelta> told = [];
        if (!string.IsNullOrWhiteSpace(delta)) Release();
        _held.Add(new TextDelta(delta) { Drafted = isDrafted });
        if (!char.IsWhiteSpace(delta[^1])) Release();
        return told;

        void Release()
        {
            told.AddRange(_held);
            _held.Clear();
        }
    }

    /// <summary>The tokens of a span that are known, and those that no event has told.</summary>
    private sealed class SpanBeingRead
    {
        private readonly List<(int At, int Id)> _untold = [];

        public SpanBeingRead(int length, int mask)
        {
            Ids = new int[length];
            Array.Fill(Ids, mask);
        }

        public int[] Ids { get; }

        public void Reveal(List<(int At, int Id)> tokens)
        {
            foreach ((int at, int id) in tokens) Ids[at] = id;
            _untold.AddRange(tokens);
        }

        public (ImmutableArray<int> At, ImmutableArray<int> Tokens) Take()
        {
            ImmutableArray<int> at = [.. _untold.Select(token => token.At)];
            ImmutableArray<int> ids = [.. _untold.Select(token => token.Id)];
            _untold.Clear();
            return (at, ids);
        }
    }
}
