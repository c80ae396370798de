using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>An engine whose runner hangs: nobody waits for it for ever.</summary>
public sealed class EngineHangTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTime _time = new();

    /// <summary>Where the runner hangs.</summary>
    public enum Place
    {
        Opening,
        Forward,
        Reading,
        Disposal,
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static GenerationRequest Some => Request("say", new GenerationOptions
    {
        Decoding = new AutoregressiveOptions(),
        MaxNewTokens = 20,
        Experiment = new() { IgnoreEnd = true },
    });

    [Theory]
    [InlineData(Place.Opening)]
    [InlineData(Place.Forward)]
    [InlineData(Place.Reading)]
    public async Task DisposalEndsAllRequestsAndDoesNotWaitForEver(Place place)
    {
        using var runner = new HangingRunner(ReferenceRunner(Limits with { MaxSequences = 1 }), place);
        PlannedDiffusionEngine engine = Engine(runner);
        Task<GenerationResult> running = engine.CompleteAsync(Some, Cancellation);
        Task<List<string>> reading = Read(engine.GenerateTextAsync(Some, Cancellation), Cancellation);
        await runner.Hangs;
        Task<GenerationResult> waiting = engine.CompleteAsync(Some, Cancellation);
        _time.Advance(3 * Second);
        Assert.Equal(3 * Second, engine.Status.StepAge);
        Task<bool> drained = engine.DrainAsync(cancellationToken: Cancellation);

        Task disposal = engine.DisposeAsync().AsTask();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting); // at once, as the stream behind the first
        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading);
        Assert.False(running.IsCompleted);
        Assert.False(disposal.IsCompleted);
        _time.Advance(7 * Second);
        TimeoutException late = await Assert.ThrowsAsync<TimeoutException>(() => disposal);
        Assert.Contains("7 s (EngineOptions.DisposeTimeout)", late.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => running);
        Assert.Throws<ObjectDisposedException>(() => { _ = engine.CompleteAsync(Some, Cancellation); });
        Assert.Equal(10 * Second, engine.Status.StepAge);
        Assert.False(drained.IsCompleted); // the step is still under way
        Assert.False(runner.Disposed);

        runner.Release();
        engine.Dispose(); // waits for the thread, which frees the runner
        Assert.True(runner.Disposed);
        Assert.True(await drained);
    }

    [Fact]
    public async Task ARunnerThatHangsWhenItIsFreedDoesNotHoldItsOwnerUp()
    {
        using var runner = new HangingRunner(ReferenceRunner(), Place.Disposal);
        PlannedDiffusionEngine engine = Engine(runner);
        Assert.NotEmpty((await engine.CompleteAsync(Some, Cancellation)).Tokens);
        Task disposal = Task.Factory.StartNew(
            engine.Dispose, Cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await runner.Hangs;
        while (_time.Timers == 0) await Task.Yield(); // the owner begins to wait
        _time.Advance(7 * Second);
        await Assert.ThrowsAsync<TimeoutException>(() => disposal);
        runner.Release();
        await engine.DisposeAsync();
        Assert.True(runner.Disposed);
    }

    /// <summary>Readers of running requests end with their tokens and deadlines, not with the step.</summary>
    [Fact]
    public async Task AStepThatHangsHoldsNoReaderUp()
    {
        var runner = new GatedRunner(ReferenceRunner(), permits: 0);
        using PlannedDiffusionEngine engine = Engine(runner);
        using var cancel = new CancellationTokenSource();
        using var other = new CancellationTokenSource();
        Task<GenerationResult> first = engine.CompleteAsync(Some, cancel.Token);
        await runner.StepArrives(Cancellation);
        Task<List<GenerationEvent>> read = Read(engine.GenerateSettledAsync(Some, true, cancel.Token), Cancellation);
        Task<List<string>> enumerated = Read(engine.GenerateTextAsync(Some, Cancellation), other.Token);
        Task<GenerationResult> late = engine.CompleteAsync(Some with { Deadline = 5 * Second }, Cancellation);
        runner.Permit();
        await runner.StepArrives(Cancellation); // this one hangs, with all of them in it
        Assert.Equal(4, engine.Status.Running);

        await cancel.CancelAsync();
        foreach (Task request in (Task[])[first, read])
        {
            var end = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
            Assert.Equal(cancel.Token, end.CancellationToken);
        }

        await other.CancelAsync();
        Assert.Equal(
            other.Token,
            (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => enumerated)).CancellationToken);
        _time.Advance(5 * Second);
        Assert.True((await Assert.ThrowsAsync<RequestDeadlineException>(() => late)).Started);
        Assert.Single(runner.Steps);

        // The step returns, and the requests leave.
        runner.Permit();
        Assert.True(await engine.DrainAsync(cancellationToken: Cancellation));
        Assert.Equal((0, 0L), (engine.Status.Running, engine.Status.KeyValuesUsed));
        Assert.Equal(2, runner.Steps.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(90_000)]
    public void ATimeoutOutsideItsRangeIsRefused(int seconds) => Assert.StartsWith(
        "DisposeTimeout is ",
        Assert.Throws<ArgumentException>(() => Around(
            ReferenceRunner(), new EngineOptions { DisposeTimeout = seconds * Second })).Message,
        StringComparison.Ordinal);

    private PlannedDiffusionEngine Engine(IModelRunner runner) =>
        Around(runner, new EngineOptions { Clock = _time, DisposeTimeout = 7 * Second });

    private static async Task<List<T>> Read<T>(IAsyncEnumerable<T> stream, CancellationToken cancellation)
    {
        var all = new List<T>();
        await foreach (T item in stream.WithCancellation(cancellation)) all.Add(item);
        return all;
    }

    /// <summary>Hangs in one kind of call until it is released.</summary>
    private sealed class HangingRunner(IModelRunner inner, Place place) : ForwardingRunner(inner)
    {
        private readonly ManualResetEventSlim _gate = new();
        private readonly TaskCompletionSource _hangs = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Hangs => _hangs.Task;

        public bool Disposed { get; private set; }

        public void Release() => _gate.Set();

        public override int OpenSequence(int capacity)
        {
            Enter(Place.Opening);
            return base.OpenSequence(capacity);
        }

        public override void Forward(ForwardStep step)
        {
            Enter(Place.Forward);
            base.Forward(step);
        }

        public override void ReadTokens(int sequence, int start, Span<int> tokens)
        {
            Enter(Place.Reading);
            base.ReadTokens(sequence, start, tokens);
        }

        protected override void Dispose(bool disposing)
        {
            if (Disposed) return;
            Enter(Place.Disposal);
            base.Dispose(disposing);
            Disposed = true;
        }

        private void Enter(Place entered)
        {
            if (entered != place || _gate.IsSet) return;
            _hangs.TrySetResult();
            _gate.Wait();
        }
    }
}
