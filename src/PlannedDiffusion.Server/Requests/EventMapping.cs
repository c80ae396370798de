using System.Collections.Immutable;
using System.Text;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Server.Wire;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Server.Requests;

/// <summary>Events of the engine as those of our extension.</summary>
internal sealed class EventMapping(PlannedDiffusionEngine engine)
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The event on the wire; null for one that is not shown.</summary>
    public PlannedEvent? Of(GenerationEvent happened, Shown shown) => happened switch
    {
        PlanReady plan when shown >= Shown.Plan => new PlannedEvent("plan.ready")
        {
            Round = plan.Round,
            Spans = [.. plan.Spans.Select(span => new PlannedSpanEvent(span.Topic, span.Length))],
            Steps = plan.PlannedSteps,
        },
        SpanProgress progress when shown == Shown.Spans && !progress.At.IsEmpty => new PlannedEvent("span.reveal")
        {
            Round = progress.Round,
            Span = progress.Span,
            Step = progress.Step,
            At = progress.At,
            Ids = progress.Tokens,
            Text = Texts(progress.Tokens),
        },
        SpanCompleted completed when shown == Shown.Spans => new PlannedEvent("span.completed")
        {
            Round = completed.Round,
            Span = completed.Span,
            Step = completed.Step,
            At = completed.At,
            Ids = completed.Tokens,
            Text = Texts(completed.Tokens),
        },
        _ => null,
    };

    /// <summary>The text of each token; null where a token alone is no text.</summary>
    public IReadOnlyList<string?> Texts(ImmutableArray<int> ids) => [.. ids.Select(Text)];

    private string? Text(int id)
    {
        Tokenizer tokenizer = engine.Tokenizer;
        if (tokenizer.IsAdded(id) || tokenizer.IsSpecial(id)) return null;
        try
        {
            return Strict.GetString(tokenizer.BytesOf(id));
        }
        catch (DecoderFallbackException)
        {
            return null; // a part of a character
        }
    }
}
