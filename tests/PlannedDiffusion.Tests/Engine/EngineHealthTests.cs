using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>What an engine tells of itself, and its end: drained, faulted, disposed.</summary>
public sealed class EngineHealthTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTime _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static GenerationRequest Some => Request("say", new GenerationOptions
    {
        Decoding = new AutoregressiveOptions(),
        MaxNewTokens = 20,
        Experiment = new() { IgnoreEnd = true },
    });

    [Fact]
    public async Task TheStatusAnswersWhileAStepHangs()
    {
        var runner = new GatedRunner(ReferenceRunner(Limits with { MaxSequences = 1 }), permits: 0);
        using PlannedDiffusionEngine engine = Around(runner, new EngineOptions { Clock = _time });
        EngineStatus idle = engine.Status;
        Assert.Equal((0, 0, 128, TimeSpan.Zero), (idle.Running, idle.Waiting, idle.MaxWaiting, idle.StepAge));
        Task<GenerationResult> first = engine.CompleteAsync(Some, Cancellation);
        await runner.StepArrives(Cancellation);
        Task<GenerationResult> second = engine.CompleteAsync(Some, Cancellation);
        _time.Advance(7 * Second);
        EngineStatus busy = engine.Status;
        Assert.Equal((1, 1, 7 * Second), (busy.Running, busy.Waiting, busy.StepAge));
        Assert.Equal((3, 23, 23L, 256L), (busy.Rows, busy.WaitingRows, busy.KeyValuesUsed, busy.KeyValuesTotal));
        Assert.Equal((false, null), (busy.IsDraining, busy.Fault));
        Assert.Equal(TimeSpan.Zero, busy.StepTime);
        runner.Permit();
        await runner.StepArrives(Cancellation);
        Assert.Equal(7 * Second, engine.Status.StepTime);
        runner.Permit(1000);
        await Task.WhenAll(first, second);
        Assert.Equal((0, 0), (engine.Status.Running, engine.Status.Waiting));
    }

    [Fact]
    public async Task ADrainedEngineEndsWhatItHasAndTakesNoMore()
    {
        var runner = new GatedRunner(ReferenceRunner(Limits with { MaxSequences = 1 }), permits: 0);
        await using PlannedDiffusionEngine engine = Around(runner, new EngineOptions { Clock = _time });
        Task<GenerationResult> running = engine.CompleteAsync(Some, Cancellation);
        await runner.StepArrives(Cancellation);
        Task<GenerationResult> waiting = engine.CompleteAsync(Some, Cancellation);
        IAsyncEnumerable<string> admitted = engine.GenerateTextAsync(Some, Cancellation);
        Task<bool> drained = engine.DrainAsync(cancellationToken: Cancellation);
        Task<bool> impatient = engine.DrainAsync(5 * Second, Cancellation);
        Assert.Throws<EngineDrainingException>(() => { _ = engine.CompleteAsync(Some, Cancellation); });
        Assert.Throws<EngineDrainingException>(() => engine.GenerateAsync(Some, Cancellation));
        Assert.True(engine.Status.IsDraining);
        _time.Advance(5 * Second);
        Assert.False(await impatient);
        runner.Permit(1000);
        Assert.NotEmpty((await running).Tokens);
        Assert.NotEmpty((await waiting).Tokens);
        Assert.False(drained.IsCompleted); // the stream has its place
        Assert.NotEmpty(await Read(admitted));
        Assert.True(await drained);
        Assert.True(await engine.DrainAsync(cancellationToken: Cancellation));
        await Assert.ThrowsAsync<EngineDrainingException>(() => Read(admitted));
    }

    [Fact]
    public async Task AStreamThatNobodyReadsDoesNotHoldUpTheDrain()
    {
        await using PlannedDiffusionEngine engine = Around(ReferenceRunner(), new EngineOptions { Clock = _time });
        _ = engine.GenerateAsync(Some, Cancellation);
        Task<bool> drained = engine.DrainAsync(cancellationToken: Cancellation);
        Assert.False(drained.IsCompleted);
        _time.Advance(10 * Second);
        Assert.True(await drained);
    }

    [Fact]
    public async Task DisposalEndsADrain()
    {
        var runner = new GatedRunner(ReferenceRunner(), permits: 0);
        PlannedDiffusionEngine engine = Around(runner, new EngineOptions { Clock = _time });
        Task<GenerationResult> running = engine.CompleteAsync(Some, Cancellation);
        _ = engine.GenerateAsync(Some, Cancellation);
        await runner.StepArrives(Cancellation);
        Task<bool> drained = engine.DrainAsync(cancellationToken: Cancellation);
        ValueTask disposal = engine.DisposeAsync();
        Assert.False(disposal.IsCompleted); // the step is at the gate
        runner.Permit(1000);
        await disposal;
        Assert.True(runner.Disposed);
        Assert.True(await drained);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => running);
        await engine.DisposeAsync();
        engine.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnErrorThatStaysEndsAllRequestsAndRefusesMore(bool ahead)
    {
        var broken = new BrokenRunner(ReferenceRunner(Limits with { MaxSequences = 1 })) { IsFinal = true };
        var runner = new GatedRunner(Device(broken, ahead), permits: 0);
        await using PlannedDiffusionEngine engine = Around(runner);
        Task<GenerationResult> running = engine.CompleteAsync(Some, Cancellation);
        await runner.StepArrives(Cancellation);
        Task<GenerationResult> waiting = engine.CompleteAsync(Some, Cancellation);
        IAsyncEnumerable<string> unread = engine.GenerateTextAsync(Some, Cancellation);
        broken.Fails = true;
        runner.Permit(1000);
        Assert.IsType<IOException>((await Assert.ThrowsAsync<EngineFaultedException>(() => running)).InnerException);
        Assert.IsType<IOException>((await Assert.ThrowsAsync<EngineFaultedException>(() => waiting)).InnerException);
        await Assert.ThrowsAsync<EngineFaultedException>(() => Read(unread));
        Assert.Throws<EngineFaultedException>(() => { _ = engine.CompleteAsync(Some, Cancellation); });
        Assert.Throws<EngineFaultedException>(() => engine.GenerateTextAsync(Some, Cancellation));
        Assert.IsType<IOException>(engine.Status.Fault);
        Assert.True(await engine.DrainAsync(cancellationToken: Cancellation));
        Assert.Equal((0, 0), (engine.Status.Running, engine.Status.Waiting));
    }

    [Fact]
    public async Task StepsThatFailInARowAreAFaultAndSingleOnesAreNot()
    {
        var runner = new BrokenRunner(ReferenceRunner());
        await using PlannedDiffusionEngine engine = Around(runner);
        for (int round = 0; round < 3; round++)
        {
            runner.Fails = true;
            for (int i = 0; i < FaultWatch.MaxFailedSteps; i++)
                await Assert.ThrowsAsync<IOException>(() => engine.CompleteAsync(Some, Cancellation));
            runner.Fails = false;
            Assert.NotEmpty((await engine.CompleteAsync(Some, Cancellation)).Tokens);
        }

        runner.Fails = true;
        for (int i = 0; i <= FaultWatch.MaxFailedSteps; i++)
            await Assert.ThrowsAsync<IOException>(() => engine.CompleteAsync(Some, Cancellation));
        runner.Fails = false;
        await Assert.ThrowsAsync<EngineFaultedException>(() => engine.CompleteAsync(Some, Cancellation));
    }

    private static async Task<List<T>> Read<T>(IAsyncEnumerable<T> stream)
    {
        var all = new List<T>();
        await foreach (T item in stream) all.Add(item);
        return all;
    }

    /// <summary>Fails in every step, when told to.</summary>
    private sealed class BrokenRunner(IModelRunner inner) : ForwardingRunner(inner)
    {
        private volatile bool _fails;

        public bool Fails
        {
            get => _fails;
            set => _fails = value;
        }

        public bool IsFinal { get; init; }

        public override bool IsSticky(Exception error) => IsFinal && error is IOException;

        public override void Forward(ForwardStep step)
        {
            if (Fails) throw new IOException("the device is gone");
            base.Forward(step);
        }
    }
}
