using PlannedDiffusion.Cli.Shared.Requests;

namespace PlannedDiffusion.Bench.Virtual;

/// <summary>Recorded requests to draw from, and how each is decoded.</summary>
/// <param name="Requests">The recorded requests.</param>
/// <param name="Ways">The ways to decode, all as frequent.</param>
internal sealed record VirtualWorkload(IReadOnlyList<RecordedRequest> Requests, params IReadOnlyList<VirtualWay> Ways)
{
    /// <summary>A request by chance.</summary>
    public VirtualRequest Draw(Random random)
    {
        RecordedRequest recorded = Requests[random.Next(Requests.Count)];
        return new VirtualRequest(recorded, Ways.Count == 1 ? Ways[0] : Ways[random.Next(Ways.Count)]);
    }

    /// <summary>
    /// Recorded requests as simulations take them: where the total tells the tokens of all plans, it does; prompts are
    /// longer by so many tokens.
    /// </summary>
    public static IReadOnlyList<RecordedRequest> Read(string path, int longer = 0) =>
    [
        .. RecordedRequest.Read(path).Select(one => one with
        {
            PlanTokens = one.Runaway || one.TotalTokens is null ? one.PlanTokens : null,
            PromptTokens = one.PromptTokens + longer,
        }),
    ];
}
