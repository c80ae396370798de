namespace PlannedDiffusion.Server.Wire;

// The events of /v1/planned/stream. Each has a name and a number; docs/serving.md says when each is sent.

/// <summary>It has a place in the queue, behind so many others.</summary>
internal sealed record QueuedEvent(string Id, string Model, int Ahead);

/// <summary>It has left the queue.</summary>
internal sealed record StartedEvent(double QueuedMs);

/// <summary>More of a plan, with its tags. A drafted token cost no pass of its own.</summary>
internal sealed record PlanDeltaEvent(int Round, string Text, bool Drafted);

/// <summary>A plan is complete: its spans, and the denoise steps of its schedule.</summary>
internal sealed record PlanReadyEvent(int Round, IReadOnlyList<PlannedSpanEvent> Spans, int Steps);

/// <summary>
/// Tokens of a span are revealed, after so many steps of the round: their places in the span, their ids, and the text
/// of each, which is null where a token alone is no text.
/// </summary>
internal sealed record SpanRevealEvent(
    int Round, int Span, int Step, IReadOnlyList<int> At, IReadOnlyList<int> Ids, IReadOnlyList<string?> Text);

/// <summary>All tokens of a span are revealed; this is its text.</summary>
internal sealed record SpanCompletedEvent(int Round, int Span, int Step, string Text);

/// <summary>More of the answer's text, certain and in order.</summary>
internal sealed record TextEvent(string Text);

/// <summary>
/// The end, with everything that is known of the answer, and its milliseconds in the queue and after it.
/// </summary>
internal sealed record CompletedEvent(
    string Text, string FinishReason, string Decoder, long? Seed, Usage Usage, IReadOnlyList<PlannedRound> Rounds,
    PassCounts Passes, PassChain Chain, double QueuedMs, double Ms)
{
    /// <summary>The limits that cut the answer, and whether a stop string did.</summary>
    public IReadOnlyList<string> Cut { get; init; } = [];
}

/// <summary>The numbers of passes by stage.</summary>
internal sealed record PassCounts(int Total, int Prefill, int Plan, int Denoise, int Sync, int Autoregressive);

/// <summary>
/// The chain of passes, a column for each of their properties: the stage, the rows that were computed for this answer,
/// the beginning since the call, and the duration.
/// </summary>
internal sealed record PassChain(
    IReadOnlyList<string> Stage, IReadOnlyList<int> Rows, IReadOnlyList<double> StartMs, IReadOnlyList<double> Ms);
