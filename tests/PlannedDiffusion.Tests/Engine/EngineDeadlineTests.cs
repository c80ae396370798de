using PlannedDiffusion.Engine;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>Requests whose time is over.</summary>
public sealed class EngineDeadlineTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTime _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AWaitingRequestEndsAtOnceAndNothingIsComputed()
    {
        var runner = new GatedRunner(ReferenceRunner(Limits with { MaxSequences = 1 }), permits: 0);
        using PlannedDiffusionEngine engine = Around(runner, new EngineOptions { Clock = _time });
        Task<GenerationResult> first = engine.CompleteAsync(Ask(null), Cancellation);
        await runner.StepArrives(Cancellation);
        Task<GenerationResult> waiting = engine.CompleteAsync(Ask(5 * Second), Cancellation);
        Task text = Read(engine.GenerateTextAsync(Ask(5 * Second), Cancellation));
        IAsyncEnumerable<GenerationEvent> unread = engine.GenerateAsync(Ask(5 * Second), Cancellation);
        _time.Advance(4 * Second);
        Assert.False(waiting.IsCompleted);
        _time.Advance(Second);
        foreach (Task task in (Task[])[waiting, text, Read(unread)])
        {
            var over = await Assert.ThrowsAsync<RequestDeadlineException>(() => task);
            Assert.Equal((5 * Second, false), (over.Deadline, over.Started));
        }

        Assert.Empty(runner.Steps);
        Assert.Equal((1, 0), (engine.Status.Running, engine.Status.Waiting));
        runner.Permit(1000);
        Assert.NotEmpty((await first).Tokens);
        Assert.Equal(0, _time.Timers);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ARunningRequestEndsWithinOneStep(bool ahead)
    {
        ReferenceModelRunner inner = ReferenceRunner();
        var runner = new GatedRunner(Device(inner, ahead), permits: 0);
        using PlannedDiffusionEngine engine = Around(runner, new EngineOptions { Clock = _time });
        Task<GenerationResult> running = engine.CompleteAsync(Ask(5 * Second), Cancellation);
        for (int step = 0; step < 3; step++)
        {
            await runner.StepArrives(Cancellation);
            if (step < 2) runner.Permit();
        }

        _time.Advance(5 * Second); // while the third step is computed
        runner.Permit();
        var over = await Assert.ThrowsAsync<RequestDeadlineException>(() => running);
        Assert.True(over.Started);
        Assert.True(await engine.DrainAsync(cancellationToken: Cancellation)); // the step is over
        Assert.Equal(3, runner.Steps.Count);
        Assert.Equal(0, inner.OpenSequences);
    }

    [Fact]
    public async Task WhoIsInTimeIsNotEnded()
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner(), new EngineOptions { Clock = _time });
        Assert.NotEmpty((await engine.CompleteAsync(Ask(Second), Cancellation)).Tokens);
        Assert.Equal(0, _time.Timers);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(40 * 24 * 3600)]
    public void ADeadlineOutsideItsRangeIsRefused(int seconds)
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        var refusal = Assert.Throws<ArgumentException>(
            () => { _ = engine.CompleteAsync(Ask(seconds * Second), Cancellation); });
        Assert.StartsWith("Deadline is ", refusal.Message, StringComparison.Ordinal);
    }

    private static GenerationRequest Ask(TimeSpan? deadline)
    {
        var options = new GenerationOptions
        {
            Decoding = new AutoregressiveOptions(),
            MaxNewTokens = 20,
            Experiment = new() { IgnoreEnd = true },
        };
        return Request("say", options) with { Deadline = deadline };
    }

    private static async Task Read<T>(IAsyncEnumerable<T> stream)
    {
        await foreach (T _ in stream)
        {
        }
    }
}
