using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Bench.Virtual;

/// <summary>How a request of a simulation ended.</summary>
/// <param name="Number">Its number, from 0, by arrival.</param>
/// <param name="Request">The request.</param>
/// <param name="Arrival">When it arrived.</param>
internal sealed record VirtualAnswer(int Number, VirtualRequest Request, TimeSpan Arrival)
{
    /// <summary>Why there is no answer; null if there is one.</summary>
    public Exception? Error { get; init; }

    /// <summary>From its arrival until it was admitted.</summary>
    public TimeSpan Queued { get; init; }

    /// <summary>From its arrival until its first plan was written; null without a plan.</summary>
    public TimeSpan? Plan { get; init; }

    /// <summary>
    /// From its arrival until the first span of the recorded answer was complete, or as many tokens were written.
    /// </summary>
    public TimeSpan First { get; init; }

    /// <summary>From its arrival to its end.</summary>
    public TimeSpan Whole { get; init; }

    /// <summary>Rows that were computed for it.</summary>
    public long Rows { get; init; }

    /// <summary>Its passes.</summary>
    public int Passes { get; init; }

    /// <summary>Times between tokens that were written one after the other.</summary>
    public IReadOnlyList<TimeSpan> Gaps { get; init; } = [];

    /// <summary>When it ended.</summary>
    public TimeSpan End => Arrival + Whole;

    /// <summary>Takes from a result what simulations tell.</summary>
    public VirtualAnswer With(GenerationResult result)
    {
        CriticalPath path = result.CriticalPath;
        TimeSpan[] ends = [.. path.Times.Select(time => time.Start + time.Duration)];
        DecodingStage[] stages = [.. path.Passes.Select(pass => pass.Stage)];
        int denoise = Array.IndexOf(stages, DecodingStage.Denoise);
        return this with
        {
            Queued = path.Queued,
            Plan = denoise > 0 ? ends[denoise - 1] : null,
            First = ends[FirstText(result, stages, denoise)],
            Whole = ends[^1], // its text is made on another thread, in no time of the clock
            Rows = path.Rows,
            Passes = path.Passes.Length,
            Gaps = [.. Enumerable.Range(1, ends.Length - 1).Where(i => IsWritten(stages[i]))
                .Where(i => stages[i - 1] != DecodingStage.Denoise).Select(i => ends[i] - ends[i - 1])],
        };
    }

    private int FirstText(GenerationResult result, DecodingStage[] stages, int denoise)
    {
        if (denoise >= 0) return denoise + result.Rounds[0].Spans[0].CompletedAtStep - 1;
        int prefill = stages.Count(stage => stage == DecodingStage.Prefill);
        return Math.Min(stages.Length, prefill + Request.Recorded.Rounds[0][0] - 1) - 1;
    }

    private static bool IsWritten(DecodingStage stage) => stage is DecodingStage.Plan or DecodingStage.Autoregressive;
}
