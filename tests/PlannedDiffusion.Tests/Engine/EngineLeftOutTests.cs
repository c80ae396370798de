using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>
/// On a runner that runs ahead, a request learns what its last pass did when it makes the next one. If other requests
/// fill the steps, it learns it all the same.
/// </summary>
public sealed class EngineLeftOutTests
{
    private static readonly EngineOptions OneUnitAStep = new()
    {
        Scheduling = new SchedulingOptions
        {
            StretchPerStep = double.PositiveInfinity,
            MaxRows = 1,
            PatienceRows = 0,
            KeepsPlaces = false,
        },
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ItsEventsAreTold()
    {
        var runner = new GatedRunner(new AheadRunner(ReferenceRunner()), permits: 0);
        using PlannedDiffusionEngine engine = Around(runner, OneUnitAStep);
        await using IAsyncEnumerator<GenerationEvent> events =
            engine.GenerateAsync(Given(null), Cancellation).GetAsyncEnumerator(Cancellation);
        ValueTask<bool> first = events.MoveNextAsync();
        Task<GenerationResult> other = await LeaveOut(engine, runner);
        while (true)
        {
            Assert.True(await first);
            if (events.Current is SpanProgress) break;
            first = events.MoveNextAsync();
        }

        Assert.Equal([0], runner.Steps[0]);
        Assert.All(runner.Steps.Skip(1), step => Assert.Equal([1], step));
        runner.Permit(10_000);
        await other;
    }

    /// <summary>The pass after its last one is a guess, and waits for room; its answer does not.</summary>
    [Fact]
    public async Task ItsAnswerIsGivenOnceItIsComplete()
    {
        var runner = new GatedRunner(new AheadRunner(ReferenceRunner()), permits: 0);
        using PlannedDiffusionEngine engine = Around(runner, OneUnitAStep);
        Task<GenerationResult> answer =
            engine.CompleteAsync(Given(new ThresholdUnmasking(1e-6f)), Cancellation);
        Task<GenerationResult> other = await LeaveOut(engine, runner);
        GenerationResult result = await answer;
        Assert.Equal([1], result.CriticalPath.DenoiseSteps);
        Assert.Single(result.CriticalPath.Passes);
        Assert.False(other.IsCompleted);
        runner.Permit(10_000);
        await other;
    }

    /// <summary>Lets a request have its first step, and an older one all steps after that.</summary>
    private static async Task<Task<GenerationResult>> LeaveOut(PlannedDiffusionEngine engine, GatedRunner runner)
    {
        await runner.StepArrives(Cancellation);
        var options = new GenerationOptions { Decoding = new DiffusionOptions { StepsRatio = 1 }, MaxNewTokens = 40 };
        Task<GenerationResult> other =
            engine.CompleteAsync(Request("other", options) with { Priority = 1000 }, Cancellation);
        runner.Permit(2);
        await runner.StepArrives(Cancellation);
        await runner.StepArrives(Cancellation); // the other's second
        return other;
    }

    /// <summary>Two spans, in one step each if the policy finds that all is certain enough.</summary>
    private static GenerationRequest Given(UnmaskPolicy? policy) => Request("say", new GenerationOptions
    {
        Decoding = new PlannedOptions { StepsRatio = policy is null ? 1 : 0.01, Unmasking = policy },
        MaxLength = 200,
    }) with
    {
        Plan = [new PlanItem("a", 6), new PlanItem("b", 5)],
    };
}
