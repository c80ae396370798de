using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>What requests reserve of keys and values, and the cap on it.</summary>
public sealed class EngineKeyValuesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Three requests of 40 positions, for 100: the third waits, and a small one passes it.</summary>
    [Fact]
    public async Task RunningRequestsStayBelowTheCapAndOthersWait()
    {
        var runner = new GatedRunner(ReferenceRunner(), permits: 0);
        await using PlannedDiffusionEngine engine = Around(runner, Options(100));
        Task<GenerationResult>[] large =
            [.. Enumerable.Range(0, 3).Select(_ => engine.CompleteAsync(Ask("say", 37), Cancellation))];
        Task<GenerationResult> small = engine.CompleteAsync(Ask("x", 19), Cancellation);
        await runner.StepArrives(Cancellation);
        runner.Permit();
        await runner.StepArrives(Cancellation);
        EngineStatus status = engine.Status;
        Assert.Equal((3, 1), (status.Running, status.Waiting));
        Assert.Equal((100L, 100L), (status.KeyValuesUsed, status.KeyValuesTotal));
        runner.Permit(19);
        Assert.Equal(19, (await small).Tokens.Length);
        Assert.Equal((2, 1), (engine.Status.Running, engine.Status.Waiting)); // 20 are free
        runner.Permit(1000);
        foreach (GenerationResult result in await Task.WhenAll(large)) Assert.Equal(37, result.Tokens.Length);
        Assert.Equal(0, engine.Status.KeyValuesUsed);
    }

    [Fact]
    public async Task ARequestThatNeverFitsIsRefusedAtTheCallWithNeedAndHave()
    {
        await using PlannedDiffusionEngine engine = Around(CpuRunner(), Options(100));
        long bytes = 101 * engine.Status.BytesPerPosition;
        var refusal = Assert.Throws<RunnerCapacityException>(
            () => { _ = engine.CompleteAsync(Ask("say", 98), Cancellation); });
        Assert.Equal(
            $"The request needs keys and values for 101 positions ({bytes:N0} bytes): 3 of its prompt and 98 of its "
            + "largest answer; all requests together have 100 (QueueOptions.MaxKeyValues).",
            refusal.Message);
        Assert.Throws<RunnerCapacityException>(() => engine.GenerateTextAsync(Ask("say", 98), Cancellation));
        Assert.Equal(97, (await engine.CompleteAsync(Ask("say", 97), Cancellation)).Tokens.Length);
    }

    /// <summary>A free place among the sequences is of no use without positions.</summary>
    [Fact]
    public async Task AFullCacheRefusesWhatMayNotWait()
    {
        var runner = new GatedRunner(ReferenceRunner(), permits: 0);
        EngineOptions options = Options(100);
        await using PlannedDiffusionEngine engine =
            Around(runner, options with { Queue = options.Queue with { MaxWaiting = 0 } });
        Task<GenerationResult> first = engine.CompleteAsync(Ask("say", 77), Cancellation);
        await runner.StepArrives(Cancellation);
        Assert.Throws<EngineOverloadedException>(() => { _ = engine.CompleteAsync(Ask("say", 18), Cancellation); });
        Task<GenerationResult> second = engine.CompleteAsync(Ask("say", 17), Cancellation);
        runner.Permit(1000);
        await Task.WhenAll(first, second);
    }

    [Fact]
    public void AnEstimateIsThePromptAndTheLargestAnswer()
    {
        using PlannedDiffusionEngine engine = Around(CpuRunner(), Options(100));
        long each = engine.Status.BytesPerPosition;
        Assert.InRange(each, 2 * 4 * Config.LayerCount * Config.KvHeadCount * Config.HeadSize, 10_000);
        Assert.Equal(new KeyValueNeed(3, 200, 203 * each), engine.Estimate(Ask("say", 200)));
        Assert.Equal(203, engine.Estimate(Ask("say", 200)).Positions);
        Assert.Throws<ArgumentException>(() => engine.Estimate(new GenerationRequest()));
    }

    [Fact]
    public void WithoutACapThereIsWhatTheRunnerHas()
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        Assert.Equal(4 * 256, engine.Status.KeyValuesTotal);
        Assert.Contains(
            "MaxKeyValues", Assert.Throws<ArgumentException>(() => Around(ReferenceRunner(), Options(0))).Message,
            StringComparison.Ordinal);
    }

    private static EngineOptions Options(long keyValues) =>
        new() { Queue = new QueueOptions { MaxKeyValues = keyValues } };

    private static GenerationRequest Ask(string prompt, int tokens) => Request(prompt, new GenerationOptions
    {
        Decoding = new AutoregressiveOptions(),
        MaxNewTokens = tokens,
        Experiment = new() { IgnoreEnd = true },
    });
}
