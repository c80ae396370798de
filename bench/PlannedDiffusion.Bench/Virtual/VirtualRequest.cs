using PlannedDiffusion.Cli.Shared.Requests;

namespace PlannedDiffusion.Bench.Virtual;

/// <summary>A request of a simulation.</summary>
/// <param name="Recorded">The lengths that its answer gets.</param>
/// <param name="Way">How it is decoded.</param>
internal sealed record VirtualRequest(RecordedRequest Recorded, VirtualWay Way)
{
    /// <summary>Whose it is; null for its own.</summary>
    public string? Key { get; init; }

    /// <summary>The time in which it must end; null for any.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>Called on the engine's thread when it has ended, before the next step.</summary>
    public Action? Ended { get; init; }

    /// <summary>Tokens of its spans.</summary>
    public int AnswerTokens => Recorded.Rounds.Sum(round => round.Sum());

    /// <summary>What the answer takes alone, one token at a time.</summary>
    public TimeSpan Alone(StepTimes times) => times[Recorded.PromptTokens] + ((AnswerTokens - 1) * times[1]);
}
