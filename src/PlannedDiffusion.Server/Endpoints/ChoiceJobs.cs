using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Server.Endpoints;

/// <summary>Several whole answers of one call.</summary>
internal static class ChoiceJobs
{
    /// <summary>All results. If one is refused or fails, the others are cancelled.</summary>
    public static async Task<GenerationResult[]> CompleteAsync(
        PlannedDiffusionEngine engine, IReadOnlyList<GenerationRequest> choices, CancellationToken cancellation)
    {
        if (choices.Count == 1)
            return [await engine.CompleteAsync(choices[0], cancellation).ConfigureAwait(false)];
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var jobs = new List<Task<GenerationResult>>();
        try
        {
            foreach (GenerationRequest choice in choices)
                jobs.Add(WatchAsync(engine.CompleteAsync(choice, ending.Token), ending));
        }
        catch
        {
            await EndAsync(jobs, ending).ConfigureAwait(false);
            throw;
        }

        await Task.WhenAny(Task.WhenAll(jobs)).ConfigureAwait(false);
        Task<GenerationResult> cause = jobs.FirstOrDefault(job => job.IsFaulted) ?? jobs[0]; // not what followed
        await cause.ConfigureAwait(false);
        return await Task.WhenAll(jobs).ConfigureAwait(false);
    }

    private static async Task<GenerationResult> WatchAsync(
        Task<GenerationResult> job, CancellationTokenSource others)
    {
        try
        {
            return await job.ConfigureAwait(false);
        }
        catch
        {
            await others.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task EndAsync(List<Task<GenerationResult>> jobs, CancellationTokenSource ending)
    {
        await ending.CancelAsync().ConfigureAwait(false);
        foreach (Task job in jobs)
        {
            await Task.WhenAny(job).ConfigureAwait(false);
            _ = job.Exception; // seen
        }
    }
}
