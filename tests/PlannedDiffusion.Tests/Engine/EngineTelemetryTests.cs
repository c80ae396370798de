using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
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
}
