using System.Diagnostics;
using PlannedDiffusion.Cpu;
using PlannedDiffusion.Diagnostics;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>The disposal of an engine from any thread, and of its runner.</summary>
public sealed class EngineLifetimeTests
{
    private static readonly GenerationOptions Some =
        new() { Decoding = new AutoregressiveOptions(), MaxNewTokens = 20 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EveryCallerOfDisposeWaitsForTheRunningStep(bool ahead)
    {
        var watched = new WatchedRunner(Device(ReferenceRunner(), ahead));
        var runner = new GatedRunner(watched, permits: 0);
        PlannedDiffusionEngine engine = Around(runner);
        Task<GenerationResult> request = engine.CompleteAsync(Request("say", Some), Cancellation);
        await runner.StepArrives(Cancellation);
        using var started = new CountdownEvent(4);
        Task<int>[] disposals = [.. Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () =>
            {
                started.Signal();
                engine.Dispose();
                return watched.Disposals;
            },
            Cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        started.Wait(Cancellation);
        Assert.Equal(0, watched.Disposals); // the step is still at the gate
        Assert.DoesNotContain(disposals, disposal => disposal.IsCompleted);
        runner.Permit(1000);
        int[] seen = await Task.WhenAll(disposals);
        Assert.All(seen, count => Assert.Equal(1, count));
        Assert.False(watched.UsedAfterDisposal);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => request);
        engine.Dispose();
        Assert.Equal(1, watched.Disposals);
    }

    [Fact]
    public async Task AListenerOnTheEnginesThreadMayDispose()
    {
        var watched = new WatchedRunner(ReferenceRunner());
        PlannedDiffusionEngine engine = Around(watched);
        using Activity mine = new Activity("mine").Start();
        int called = 0;
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == EngineTelemetry.PassSourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = pass =>
            {
                if (pass.TraceId != mine.TraceId) return;
                called++;
                engine.Dispose(); // returns, because this thread cannot wait for itself
            },
        };
        ActivitySource.AddActivityListener(listener);
        await Assert.ThrowsAsync<ObjectDisposedException>(
            () => engine.CompleteAsync(Request("say", Some), Cancellation));
        engine.Dispose(); // waits
        Assert.Equal(1, watched.Disposals);
        Assert.True(called > 0);
    }

    [Fact]
    public async Task AReaderOfEventsMayDispose()
    {
        var watched = new WatchedRunner(ReferenceRunner());
        PlannedDiffusionEngine engine = Around(watched);
        try
        {
            await foreach (GenerationEvent _ in engine.GenerateAsync(Request("say", Some), Cancellation))
            {
                engine.Dispose();
                Assert.Equal(1, watched.Disposals); // the call has waited
            }
        }
        catch (ObjectDisposedException)
        {
            // Unless the answer was complete by then.
        }

        Assert.Equal(1, watched.Disposals);
    }

    [Fact]
    public void AFaultInTheRunnersDisposalReachesTheCaller()
    {
        PlannedDiffusionEngine engine = Around(new FaultyRunner(ReferenceRunner()));
        Assert.Equal("stuck", Assert.Throws<InvalidOperationException>(engine.Dispose).Message);
    }

    [Fact]
    public async Task RequestsAfterDisposalAreRefused()
    {
        PlannedDiffusionEngine engine = Around(ReferenceRunner());
        engine.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(
            () => engine.CompleteAsync(Request("say", Some), Cancellation));
        await Assert.ThrowsAsync<ObjectDisposedException>(
            async () => await engine.GenerateAsync(Request("say", Some), Cancellation).GetAsyncEnumerator(Cancellation)
                .MoveNextAsync());
    }

    [Fact]
    public void RunnersAreDisposedOnce()
    {
        CpuRunner().Dispose();
        CpuModelRunner runner = CpuRunner();
        Parallel.For(0, 8, _ => runner.Dispose());
        Assert.Throws<ObjectDisposedException>(() => runner.OpenSequence(8));
    }

    /// <summary>Counts disposals, and detects uses after them.</summary>
    private sealed class WatchedRunner(IModelRunner inner) : ForwardingRunner(inner)
    {
        private int _disposals;

        public int Disposals => Volatile.Read(ref _disposals);

        public bool UsedAfterDisposal { get; private set; }

        public override void Forward(ForwardStep step)
        {
            UsedAfterDisposal |= Disposals > 0;
            base.Forward(step);
            UsedAfterDisposal |= Disposals > 0;
        }

        protected override void Dispose(bool disposing)
        {
            Interlocked.Increment(ref _disposals);
            base.Dispose(disposing);
        }
    }

    private sealed class FaultyRunner(IModelRunner inner) : ForwardingRunner(inner)
    {
        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            throw new InvalidOperationException("stuck");
        }
    }
}
