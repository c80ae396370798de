using System.Collections.Immutable;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Engine;

/// <summary>
/// A decoded sequence that the engine's thread uses no more. Whoever reads the answer makes its text.
/// </summary>
/// <param name="sequence">The sequence.</param>
/// <param name="request">The request.</param>
/// <param name="text">Makes text of tokens.</param>
/// <param name="path">The critical path up to now.</param>
/// <param name="clock">The clock of its times.</param>
internal sealed class FinishedAnswer(
    Sequence sequence, PreparedRequest request, SpanText text, CriticalPath path, TimeProvider clock)
{
    /// <summary>The text of an answer that a stop string has ended; null if none has.</summary>
    public string? Stopped { get; init; }

    /// <summary>Makes the result.</summary>
    public GenerationResult Result()
    {
        long begun = clock.GetTimestamp();
        ImmutableArray<int> tokens = [.. sequence.Tokens[sequence.PromptLength..]];
        IReadOnlyList<RoundResult> rounds =
            [.. sequence.Rounds.Where(round => round.Plan is not null).Select(Round)];
        return new GenerationResult
        {
            Text = Stopped ?? Text(),
            PublishedText = PublishedText(tokens),
            RawText = text.Tokens.Tokenizer.Decode(tokens.AsSpan()),
            Tokens = tokens,
            Rounds = rounds,
            Decoder = request.Decoding.Name,
            Finish = sequence.Finish,
            Usage = Usage(),
            CriticalPath = path with { Finishing = path.Finishing + clock.GetElapsedTime(begun) }, // last: see begun
        };
    }

    private string Text()
    {
        var answer = new AnswerText(text.Tokens);
        foreach ((AnswerPart part, TokenRange range) in Parts())
        {
            answer.Begin(part);
            answer.Append(sequence.TokensIn(Within(range)));
        }

        return answer.Take();
    }

    /// <summary>The parts of the answer, in order. Tags of spans and syncs belong to no part.</summary>
    private IEnumerable<(AnswerPart Part, TokenRange Range)> Parts()
    {
        if (request.Decoding is AutoregressiveOptions)
            yield return (AnswerPart.Text, new TokenRange(sequence.PromptLength, sequence.Length));
        if (request.Decoding.FillsFixedLength)
            yield return (AnswerPart.FixedText, new TokenRange(sequence.PromptLength, sequence.Length));
        foreach (DecodingRound round in sequence.Rounds)
        {
            yield return (AnswerPart.Plan, round.PlanTokens);
            for (int span = 0; span < (round.Scaffold?.Count ?? 0); span++)
                yield return (AnswerPart.Span, round.Scaffold!.Content(span));
        }
    }

    private string PublishedText(ImmutableArray<int> tokens) => request.Decoding switch
    {
        AutoregressiveOptions => text.Plain(tokens.AsSpan()),
        DiffusionOptions or FastDllmOptions => text.Plain(BeforeEnd(tokens)).Trim(),
        _ => text.Clean(tokens.AsSpan()),
    };

    /// <summary>An answer of a fixed length, up to its first stop token.</summary>
    private ReadOnlySpan<int> BeforeEnd(ImmutableArray<int> tokens)
    {
        int end = tokens.AsSpan().IndexOfAny(text.Tokens.Stops.AsSpan());
        return end < 0 ? tokens.AsSpan() : tokens.AsSpan()[..end];
    }

    private RoundResult Round(DecodingRound round)
    {
        IReadOnlyList<PlanItem> items = text.Items(sequence, round);
        return new RoundResult(round.PlannedSteps, round.Steps, [.. items.Select((item, span) => new SpanResult(
            item.Topic,
            item.Length,
            round.CompletedAt(span),
            AnswerText.Of(
                text.Tokens, AnswerPart.Span, sequence.TokensIn(Within(round.Scaffold!.Content(span))))))]);
    }

    private TokenUsage Usage()
    {
        int all = sequence.Length - sequence.PromptLength;
        int spans = sequence.Rounds.Sum(round => round.Scaffold is { } laidOut ? Within(laidOut.Region).Length : 0);
        bool planned = sequence.Rounds.Any(HasPlan);
        return new TokenUsage(sequence.PromptLength, planned ? all - spans : 0, spans, planned ? 0 : all);
    }

    /// <summary>True if the round has a plan, perhaps one that a limit has cut; false if it is all text.</summary>
    private bool HasPlan(DecodingRound round) =>
        round.Plan is not null || sequence.TokensIn(Within(round.PlanTokens)).Contains(text.Tokens.PromiseStart);

    /// <summary>The part of a range within the largest length.</summary>
    private TokenRange Within(TokenRange range) =>
        new(Math.Min(range.Start, sequence.Length), Math.Min(range.End, sequence.Length));
}
