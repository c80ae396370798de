using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Diagnostics;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>
/// Outcomes, refusals and gauges. Other tests use the same meter beside it: what is asserted is there at least.
/// </summary>
public sealed class EngineTelemetryTests : IDisposable
{
    private readonly MeterListener _meters = new()
    {
        InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == EngineTelemetry.Name) listener.EnableMeasurementEvents(instrument);
        },
    };

    private readonly ConcurrentBag<string> _seen = [];
    private readonly ManualTime _time = new();

    public EngineTelemetryTests()
    {
        _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => See(instrument, value, tags));
        _meters.SetMeasurementEventCallback<int>((instrument, value, tags, _) => See(instrument, value, tags));
        _meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => See(instrument, value, tags));
        _meters.Start();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static GenerationRequest Some => Request("say", new GenerationOptions
    {
        Decoding = new AutoregressiveOptions(),
        MaxNewTokens = 20,
        Experiment = new() { IgnoreEnd = true },
    });

    public void Dispose() => _meters.Dispose();

    [Fact]
    public async Task EveryEndIsCountedAndTheQueueIsSeen()
    {
        var runner = new GatedRunner(ReferenceRunner(Limits with { MaxSequences = 1, MaxPositions = 46 }), permits: 0);
        var queue = new QueueOptions { MaxWaiting = 2 };
        await using PlannedDiffusionEngine engine = Around(runner, new EngineOptions { Queue = queue, Clock = _time });
        using var cancel = new CancellationTokenSource();
        Task<GenerationResult> completed = engine.CompleteAsync(Some, Cancellation);
        await runner.StepArrives(Cancellation);
        Task<GenerationResult> cancelled = engine.CompleteAsync(Some, cancel.Token);
        Task<GenerationResult> late =
            engine.CompleteAsync(Some with { Deadline = TimeSpan.FromSeconds(77) }, Cancellation);
        Assert.Throws<EngineOverloadedException>(() => { _ = engine.CompleteAsync(Some, Cancellation); });
        _time.Advance(TimeSpan.FromSeconds(76));
        _meters.RecordObservableInstruments();
        await cancel.CancelAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        await Assert.ThrowsAsync<RequestDeadlineException>(() => late);
        runner.Permit(1000);
        await completed;
        await engine.DrainAsync(cancellationToken: Cancellation);
        Assert.Throws<EngineDrainingException>(() => { _ = engine.CompleteAsync(Some, Cancellation); });
        string[] expected =
        [
            "requests.running 1", "requests.waiting 2", "kv.usage 0.5", "step.age 76",
            "requests.finished 1 outcome=completed decoder=Autoregressive",
            "requests.finished 1 outcome=cancelled decoder=Autoregressive",
            "requests.finished 1 outcome=deadline decoder=Autoregressive",
            "requests.rejected 1 reason=requests", "requests.rejected 1 reason=draining",
        ];
        Assert.Empty(expected.Except(_seen));
        Assert.Contains(_seen, seen => seen.StartsWith("queue.duration", StringComparison.Ordinal));
    }

    /// <summary>A planned answer by the engine's clock, in which a step takes 10 ms.</summary>
    [Fact]
    public async Task APlannedAnswerIsMeasuredByItsStages()
    {
        await using PlannedDiffusionEngine engine = Around(
            new TimedRunner(ReferenceRunner(), _time),
            new EngineOptions { Clock = _time, ModelName = "measured" });
        GenerationOptions options = Planned("<promise>-<topic>uno 1</topic><|im_end|>").WithDrafts(false);
        GenerationResult result = await engine.CompleteAsync(Request("say", options), Cancellation);
        await engine.DrainAsync(cancellationToken: Cancellation);
        CriticalPath path = result.CriticalPath;
        double plan = 0.01 * path.Passes.TakeWhile(pass => pass.Stage != DecodingStage.Denoise).Count();
        string[] expected =
        [
            FormattableString.Invariant($"time_to_plan {plan} decoder=Planned"),
            FormattableString.Invariant($"time_to_first_token {plan + 0.01} decoder=Planned"),
            FormattableString.Invariant($"request.duration {0.01 * path.Passes.Length} decoder=Planned"),
            FormattableString.Invariant($"tokens_per_pass {path.TokensPerPass} decoder=Planned"),
            "request.passes 1 stage=Prefill",
            $"request.passes {path.Count(DecodingStage.Plan)} stage=Plan",
            $"request.passes {path.Count(DecodingStage.Denoise)} stage=Denoise",
            "step.duration 0.01",
            .. path.Passes.Select(pass => $"step.rows {pass.Rows}"),
        ];
        Assert.Empty(expected.Select(text => $"{text} model=measured").Except(_seen));
        Assert.DoesNotContain(_seen, seen => seen.StartsWith("request.passes", StringComparison.Ordinal)
            && seen.Contains("Autoregressive model=measured", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AnAutoregressiveAnswerHasItsFirstTokenAfterItsPromptAndNoPlan()
    {
        await using PlannedDiffusionEngine engine = Around(
            new TimedRunner(ReferenceRunner(), _time), new EngineOptions { Clock = _time, ModelName = "written" });
        await engine.CompleteAsync(Some, Cancellation);
        Assert.Contains("time_to_first_token 0.01 decoder=Autoregressive model=written", _seen);
        Assert.DoesNotContain(_seen, seen => seen.StartsWith("time_to_plan", StringComparison.Ordinal)
            && seen.EndsWith("model=written", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TwoEnginesOfAProcessAreApart()
    {
        var runner = new GatedRunner(ReferenceRunner(), permits: 0);
        await using PlannedDiffusionEngine busy = Around(runner, new EngineOptions { ModelName = "busy" });
        await using PlannedDiffusionEngine idle = Around(ReferenceRunner(), new EngineOptions { ModelName = "idle" });
        Task<GenerationResult> running = busy.CompleteAsync(Some, Cancellation);
        await runner.StepArrives(Cancellation);
        _meters.RecordObservableInstruments();
        runner.Permit(1000);
        await running;
        string[] expected =
        [
            "requests.running 1 model=busy", "requests.running 0 model=idle",
            "requests.waiting 0 model=busy", "requests.waiting 0 model=idle",
            "step.age 0 model=idle", "kv.usage 0 model=idle",
        ];
        Assert.Empty(expected.Except(_seen));
    }

    [Fact]
    public void AnEngineThatIsLoadedHasTheNameOfItsFolder()
    {
        using PlannedDiffusionEngine engine = PlannedDiffusionEngine.Load(Repository.PathTo("models", "demo"));
        _meters.RecordObservableInstruments();
        Assert.Contains("requests.running 0 model=demo", _seen);
    }

    /// <summary>The tags are few, whatever is asked; nothing of a request's text is among them.</summary>
    [Fact]
    public async Task NoTagHasTextOfARequest()
    {
        await using PlannedDiffusionEngine engine =
            Around(ReferenceRunner(), new EngineOptions { ModelName = "discreet" });
        GenerationOptions plan = Planned("<promise>-<topic>secret 1</topic><|im_end|>");
        GenerationRequest secret = Request("a secret word", plan) with { ShareKey = "secret key" };
        await engine.CompleteAsync(secret, Cancellation);
        await engine.GenerateSettledAsync(secret, true, Cancellation).LastAsync(Cancellation);
        _meters.RecordObservableInstruments();
        Assert.NotEmpty(_seen);
        Assert.DoesNotContain(_seen, seen => seen.Contains("secret", StringComparison.OrdinalIgnoreCase));
        string[] keys = [.. _seen.SelectMany(seen => seen.Split(' ').Skip(2)).Select(tag => tag.Split('=')[0])
            .Distinct().Except(["decoder", "model", "outcome", "reason", "stage"])];
        Assert.Empty(keys);
    }

    /// <summary>The buckets that a listener takes by default are for milliseconds.</summary>
    [Fact]
    public async Task HistogramsHaveBucketsForTheirUnits()
    {
        var histograms = new ConcurrentDictionary<string, IReadOnlyList<double>?>();
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name != EngineTelemetry.Name) return;
                if (instrument is Histogram<double> seconds)
                    histograms[instrument.Name] = seconds.Advice?.HistogramBucketBoundaries;
                if (instrument is Histogram<int> { Advice.HistogramBucketBoundaries: { } bounds })
                    histograms[instrument.Name] = [.. bounds.Select(bound => (double)bound)];
            },
        };
        meters.Start();
        await using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        await engine.CompleteAsync(Some, Cancellation);
        Assert.Equal(8, histograms.Count);
        Assert.All(histograms, one => Assert.Equal(one.Value!.Order(), one.Value!));
        Assert.All(
            histograms.Where(one => one.Key.Contains("duration", StringComparison.Ordinal)),
            one => Assert.True(one.Value is [< 0.01, .., > 20], one.Key));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TheActivityOfAFailedRequestSaysSo(bool streams)
    {
        ReferenceModelRunner inner = ReferenceRunner();
        await using PlannedDiffusionEngine engine = Around(inner);
        using Activity mine = new Activity("mine").Start();
        var ended = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == EngineTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == mine.TraceId) ended.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        inner.NextFault = new IOException("the device is gone");
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            if (!streams) await engine.CompleteAsync(Some, Cancellation);
            await foreach (string _ in engine.GenerateTextAsync(Some, Cancellation))
            {
            }
        });
        Activity failed = Assert.Single(ended);
        Assert.Equal((ActivityStatusCode.Error, "the device is gone"), (failed.Status, failed.StatusDescription));
        Assert.Equal("System.IO.IOException", failed.GetTagItem("error.type"));
        Assert.Contains("requests.finished 1 outcome=failed decoder=Autoregressive", _seen);
    }

    private void See<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string name = instrument.Name.Replace("planned_diffusion.", "", StringComparison.Ordinal);
        string all = string.Concat(tags.ToArray().Select(tag => $" {tag.Key}={tag.Value}"));
        _seen.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name} {value}{all}"));
    }

    /// <summary>A step takes 10 ms of the clock.</summary>
    private sealed class TimedRunner(IModelRunner inner, ManualTime time) : ForwardingRunner(inner)
    {
        public override void Forward(ForwardStep step)
        {
            base.Forward(step);
            time.Advance(TimeSpan.FromMilliseconds(10));
        }
    }
}
