using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace PlannedDiffusion.Diagnostics;

/// <summary>
/// The meter and the activity source of requests, both named <c>PlannedDiffusion</c>, and a second source for the many
/// passes of requests. Without a listener they cost nothing.
/// </summary>
internal static class EngineTelemetry
{
    /// <summary>Name of the meter and of the source of requests.</summary>
    public const string Name = "PlannedDiffusion";

    /// <summary>
    /// Name of the source of passes. Each activity is a child of its request, named "prefill", "plan", "denoise" and so
    /// on. It lasts from the start to the end of the pass, measured on the device if possible, and is published once
    /// something of the pass is read.
    /// </summary>
    public const string PassSourceName = "PlannedDiffusion.Passes";

    private static readonly Meter Meter = new(Name);
    private static readonly ActivitySource Source = new(Name);
    private static readonly ActivitySource PassSource = new(PassSourceName);

    private static readonly Counter<long> Passes =
        Meter.CreateCounter<long>("planned_diffusion.passes", "{pass}", "Forward passes that a request took part in.");

    private static readonly Counter<long> Rows =
        Meter.CreateCounter<long>("planned_diffusion.rows", "{row}", "Rows computed.");

    private static readonly Counter<long> Drafted =
        Meter.CreateCounter<long>("planned_diffusion.drafted_tokens", "{token}", "Tokens that were guessed ahead.");

    private static readonly Counter<long> Kept = Meter.CreateCounter<long>(
        "planned_diffusion.kept_tokens", "{token}", "Guessed tokens that came out as guessed: passes saved.");

    private static readonly Counter<long> Tokens =
        Meter.CreateCounter<long>("planned_diffusion.tokens", "{token}", "New tokens of completed requests.");

    private static readonly Histogram<double> Duration =
        Meter.CreateHistogram<double>("planned_diffusion.request.duration", "s", "Time of a request.");

    private static readonly Counter<long> Finished = Meter.CreateCounter<long>(
        "planned_diffusion.requests.finished", "{request}", "Requests that were let in and have ended.");

    private static readonly Counter<long> Rejected = Meter.CreateCounter<long>(
        "planned_diffusion.requests.rejected", "{request}", "Requests that were refused at the call.");

    private static readonly Histogram<double> Queued = Meter.CreateHistogram<double>(
        "planned_diffusion.queue.duration", "s", "Time of a request before it was computed.");

    /// <summary>True if there is a listener for passes.</summary>
    internal static bool TracesPasses => PassSource.HasListeners();

    internal static Activity? StartRequest(string decoder)
    {
        Activity? activity = Source.StartActivity("generate");
        return activity?.SetTag("decoder", decoder);
    }

    internal static void CountPass(string stage, int rows, int drafted, int kept)
    {
        var tag = new KeyValuePair<string, object?>("stage", stage);
        Passes.Add(1, tag);
        Rows.Add(rows, tag);
        if (drafted == 0) return;
        Drafted.Add(drafted, tag);
        Kept.Add(kept, tag);
    }

    /// <summary>Publishes a completed pass.</summary>
    internal static void TracePass(
        ActivityContext request, string stage, int rows, int drafted, int kept, DateTimeOffset start, TimeSpan duration)
    {
        using Activity? pass = PassSource.StartActivity(stage, ActivityKind.Internal, request, startTime: start);
        pass?.SetTag("rows", rows).SetEndTime((start + duration).UtcDateTime);
        if (drafted > 0) pass?.SetTag("drafted", drafted).SetTag("kept", kept);
    }

    internal static void CountRequest(string decoder, int tokens, TimeSpan time)
    {
        Tokens.Add(tokens, new KeyValuePair<string, object?>("decoder", decoder));
        Duration.Record(time.TotalSeconds, new KeyValuePair<string, object?>("decoder", decoder));
    }

    /// <summary>A request has ended: completed, cancelled, deadline or failed.</summary>
    internal static void CountFinished(string decoder, string outcome)
    {
        var tag = new KeyValuePair<string, object?>("outcome", outcome);
        Finished.Add(1, tag, new KeyValuePair<string, object?>("decoder", decoder));
    }

    /// <summary>A request was refused: requests, work, draining or faulted.</summary>
    internal static void CountRejected(string reason) =>
        Rejected.Add(1, new KeyValuePair<string, object?>("reason", reason));

    internal static void RecordQueued(string decoder, TimeSpan time) =>
        Queued.Record(time.TotalSeconds, new KeyValuePair<string, object?>("decoder", decoder));

    /// <summary>Marks the activity of a request that has failed.</summary>
    internal static void NoteFailure(Activity? request, Exception error) => request?
        .SetStatus(ActivityStatusCode.Error, error.Message).SetTag("error.type", error.GetType().FullName);
}
