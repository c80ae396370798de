using System.Diagnostics;
using PlannedDiffusion.Diagnostics;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>Passes are activities of their request. Without a listener the loop allocates nothing.</summary>
public sealed class PassActivityTests
{
    private const string First = "x<promise>-<topic>uno 1</topic><promise>-<topic>due 2</topic><sync/>";
    private const string Second = "<promise>-<topic>tre 1</topic><|im_end|>";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EachPassIsAChildOfItsRequest(bool ahead)
    {
        using var seen = new SeenActivities(EngineTelemetry.Name, EngineTelemetry.PassSourceName);
        using PlannedDiffusionEngine engine = Around(Device(ReferenceRunner(), ahead));
        using Activity mine = new Activity("mine").Start();
        GenerationResult[] results = await Task.WhenAll(
            engine.CompleteAsync(Request("say", Planned(First, Second)), Cancellation),
            engine.CompleteAsync(Request("tell", Planned(Second)), Cancellation));
        Activity[] stopped = seen.Of(mine.TraceId);
        Activity[] requests = [.. stopped.Where(activity => activity.OperationName == "generate")];
        Assert.Equal(2, requests.Length);
        Assert.Equal(2 + results.Sum(result => result.CriticalPath.Passes.Length), stopped.Length);
        foreach (Activity request in requests)
        {
            Activity[] passes = [.. stopped.Where(activity => activity.ParentSpanId == request.SpanId)];
            CriticalPath path = results.Single(one => one.CriticalPath.Passes.Length == passes.Length).CriticalPath;
            Assert.Equal(
                path.Passes.Select(pass => ($"{pass.Stage}".ToLowerInvariant(), (object?)pass.Rows)),
                passes.Select(pass => (pass.OperationName, pass.GetTagItem("rows"))));
            Assert.Equal(path.Times.Select(time => time.Duration), passes.Select(pass => pass.Duration));
            TimeSpan[] starts = [.. passes.Select(pass => pass.StartTimeUtc - passes[0].StartTimeUtc)];
            Assert.Equal(path.Times.Select(time => time.Start - path.Times[0].Start), starts);
        }
    }

    /// <summary>Neither the activity in which the engine was made, nor an earlier pass, is the parent.</summary>
    [Fact]
    public async Task WithoutARequestPassesHaveNoParent()
    {
        using var seen = new SeenActivities(EngineTelemetry.PassSourceName);
        using var start = new Activity("start");
        start.Start();
        using PlannedDiffusionEngine engine = Around(new StrayRunner(ReferenceRunner(), start.TraceId));
        start.Stop();
        Assert.Null(Activity.Current);
        await engine.CompleteAsync(Request("say", Planned(Second)), Cancellation);
        Assert.Empty(seen.Of(start.TraceId));
    }

    /// <summary>Bytes that the engine's thread allocates between steps, with the decoder's.</summary>
    [Fact]
    public async Task TheLoopAllocatesNothing()
    {
        var runner = new MeasuredRunner(CpuRunner());
        using PlannedDiffusionEngine engine = Around(runner);
        var options = new GenerationOptions { Decoding = new DiffusionOptions(), MaxNewTokens = 80 };
        await engine.CompleteAsync(Request("say", options), Cancellation);
        long[] later = [.. runner.Bytes.Skip(5)]; // lists grow at first
        Assert.Equal(75, later.Length);
        // A garbage collection of another test ends the allocation buffer, which then counts as used.
        Assert.InRange(later.Count(bytes => bytes == 0), later.Length - 10, later.Length);
    }

    private sealed class SeenActivities : IDisposable
    {
        private readonly ActivityListener _listener;
        private readonly List<Activity> _stopped = [];

        public SeenActivities(params string[] sources)
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => sources.Contains(source.Name),
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = activity =>
                {
                    lock (_stopped) _stopped.Add(activity);
                },
            };
            ActivitySource.AddActivityListener(_listener);
        }

        /// <summary>The activities of one trace, because other tests run at the same time.</summary>
        public Activity[] Of(ActivityTraceId trace)
        {
            lock (_stopped) return [.. _stopped.Where(activity => activity.TraceId == trace)];
        }

        public void Dispose() => _listener.Dispose();
    }

    /// <summary>Checks that no step is computed inside a trace.</summary>
    private sealed class StrayRunner(IModelRunner inner, ActivityTraceId trace) : ForwardingRunner(inner)
    {
        public override void Forward(ForwardStep step)
        {
            Assert.NotEqual(trace, Activity.Current?.TraceId ?? default);
            base.Forward(step);
        }
    }

    private sealed class MeasuredRunner(IModelRunner inner) : ForwardingRunner(inner)
    {
        private long _last;

        public List<long> Bytes { get; } = new(1000);

        public override void Forward(ForwardStep step)
        {
            base.Forward(step);
            long now = GC.GetAllocatedBytesForCurrentThread();
            Bytes.Add(now - _last);
            _last = now;
        }
    }
}
