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

    private static readonly Counter<long> Finished = Meter.CreateCounter<long>(
        "planned_diffusion.requests.finished", "{request}", "Requests that were let in and have ended.");

    private static readonly Counter<long> Rejected = Meter.CreateCounter<long>(
        "planned_diffusion.requests.rejected", "{request}", "Requests that were refused at the call.");

    private static readonly Histogram<double> Duration = Seconds(
        "planned_diffusion.request.duration", "Time of a completed request.");

    private static readonly Histogram<double> Queued = Seconds(
        "planned_diffusion.queue.duration", "Time of a request before it was computed.");

    private static readonly Histogram<double> Plan = Seconds(
        "planned_diffusion.time_to_plan", "Time until the first plan of a completed request was written.");

    private static readonly Histogram<double> FirstToken = Seconds(
        "planned_diffusion.time_to_first_token", "Time until the first token of a completed answer was decided.");

    private static readonly Histogram<int> RequestPasses = Meter.CreateHistogram<int>(
        "planned_diffusion.request.passes", "{pass}", "Passes of a completed request, by stage.",
        advice: new() { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] });

    private static readonly Histogram<double> TokensPerPass = Meter.CreateHistogram<double>(
        "planned_diffusion.tokens_per_pass", "{token}", "New tokens of a completed request for each of its passes.",
        advice: new() { HistogramBucketBoundaries = [0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 15, 20, 30] });

    private static readonly Histogram<double> StepDuration = Meter.CreateHistogram<double>(
        "planned_diffusion.step.duration", "s", "Time of a step, with what the host does for it.",
        advice: new()
        {
            HistogramBucketBoundaries =
                [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30],
        });

    private static readonly Histogram<int> StepRows = Meter.CreateHistogram<int>(
        "planned_diffusion.step.rows", "{row}", "Rows of a step.",
        advice: new() { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048] });

    /// <summary>True if there is a listener for passes.</summary>
    internal static bool TracesPasses => PassSource.HasListeners();

    internal static Activity? StartRequest(string decoder)
    {
        Activity? activity = Source.StartActivity("generate");
        return activity?.SetTag("decoder", decoder);
    }

    internal static void CountPass(string stage, string? model, int rows, int drafted, int kept)
    {
        TagList tags = Tags("stage", stage, model);
        Passes.Add(1, tags);
        Rows.Add(rows, tags);
        if (drafted == 0) return;
        Drafted.Add(drafted, tags);
        Kept.Add(kept, tags);
    }

    /// <summary>Publishes a completed pass.</summary>
    internal static void TracePass(
        ActivityContext request, string stage, int rows, int drafted, int kept, DateTimeOffset start, TimeSpan duration)
    {
        using Activity? pass = PassSource.StartActivity(stage, ActivityKind.Internal, request, startTime: start);
        pass?.SetTag("rows", rows).SetEndTime((start + duration).UtcDateTime);
        if (drafted > 0) pass?.SetTag("drafted", drafted).SetTag("kept", kept);
    }

    internal static void CountRequest(string decoder, string? model, int tokens, TimeSpan time, double tokensPerPass)
    {
        TagList tags = Tags("decoder", decoder, model);
        Tokens.Add(tokens, tags);
        Duration.Record(time.TotalSeconds, tags);
        TokensPerPass.Record(tokensPerPass, tags);
    }

    internal static void CountRequestPasses(string stage, string? model, int passes) =>
        RequestPasses.Record(passes, Tags("stage", stage, model));

    internal static void RecordFirstToken(string decoder, string? model, TimeSpan time) =>
        FirstToken.Record(time.TotalSeconds, Tags("decoder", decoder, model));

    internal static void RecordPlan(string decoder, string? model, TimeSpan time) =>
        Plan.Record(time.TotalSeconds, Tags("decoder", decoder, model));

    /// <summary>A request has ended: completed, cancelled, deadline or failed.</summary>
    internal static void CountFinished(string decoder, string? model, string outcome)
    {
        var tags = new TagList { { "outcome", outcome }, { "decoder", decoder } };
        if (model is not null) tags.Add("model", model);
        Finished.Add(1, tags);
    }

    /// <summary>A request was refused: requests, work, draining or faulted.</summary>
    internal static void CountRejected(string reason, string? model) => Rejected.Add(1, Tags("reason", reason, model));

    internal static void RecordQueued(string decoder, string? model, TimeSpan time) =>
        Queued.Record(time.TotalSeconds, Tags("decoder", decoder, model));

    internal static void CountStep(string? model, int rows, TimeSpan time)
    {
        TagList tags = default;
        if (model is not null) tags.Add("model", model);
        StepDuration.Record(time.TotalSeconds, tags);
        StepRows.Record(rows, tags);
    }

    /// <summary>Marks the activity of a request that has failed.</summary>
    internal static void NoteFailure(Activity? request, Exception error) => request?
        .SetStatus(ActivityStatusCode.Error, error.Message).SetTag("error.type", error.GetType().FullName);

    private static Histogram<double> Seconds(string name, string description) => Meter.CreateHistogram<double>(
        name, "s", description,
        advice: new()
        {
            HistogramBucketBoundaries =
            [
                0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84,
            ],
        });

    private static TagList Tags(string key, string value, string? model)
    {
        var tags = new TagList { { key, value } };
        if (model is not null) tags.Add("model", model);
        return tags;
    }
}
