using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Server.Wire;

namespace PlannedDiffusion.Server.Requests;

/// <summary>The last event of <c>/v1/planned/stream</c>: a result with its chain of passes.</summary>
internal static class CompletedMapping
{
    /// <summary>The event.</summary>
    public static CompletedEvent Of(GenerationCall call, GenerationResult result)
    {
        CriticalPath path = result.CriticalPath;
        TimeSpan end = path.Times.IsEmpty ? path.Queued : path.Times[^1].Start + path.Times[^1].Duration;
        PlannedAnswer how = ResultMapping.Planned(call, [result])[0];
        return new CompletedEvent(
            result.Text, ResultMapping.Reason(result), how.Decoder, how.Seed, ResultMapping.Usage(call, [result]),
            how.Rounds, Counts(path), Chain(path), path.Queued.TotalMilliseconds,
            (end - path.Queued + path.Finishing).TotalMilliseconds)
        {
            Cut = [.. Enum.GetValues<FinishReason>()
                .Where(reason => reason != FinishReason.Completed && result.Finish.HasFlag(reason))
                .Select(reason => reason.ToString())],
        };
    }

    private static PassCounts Counts(CriticalPath path) => new(
        path.Passes.Length, path.Count(DecodingStage.Prefill), path.Count(DecodingStage.Plan),
        path.Count(DecodingStage.Denoise), path.Count(DecodingStage.Sync), path.Count(DecodingStage.Autoregressive));

    private static PassChain Chain(CriticalPath path) => new(
        [.. path.Passes.Select(pass => NameOf(pass.Stage))],
        [.. path.Passes.Select(pass => pass.Rows)],
        [.. path.Times.Select(time => time.Start.TotalMilliseconds)],
        [.. path.Times.Select(time => time.Duration.TotalMilliseconds)]);

    private static string NameOf(DecodingStage stage) => stage switch
    {
        DecodingStage.Prefill => "prefill",
        DecodingStage.Autoregressive => "autoregressive",
        DecodingStage.Plan => "plan",
        DecodingStage.Denoise => "denoise",
        _ => "sync",
    };
}
