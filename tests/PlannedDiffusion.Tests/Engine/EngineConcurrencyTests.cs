using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>Concurrent requests, and requests that are cancelled, fail, or end with the engine.</summary>
public sealed class EngineConcurrencyTests
{
    private const string Plan = "<promise>-<topic>a 1</topic><promise>-<topic>b 2</topic><|im_end|>";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static GenerationRequest[] Mixed =>
    [
        .. Enumerable.Range(0, 10).Select(i => Request($"prompt number {i}", Planned(Plan).As((DecoderKind)(i % 6)) with
        {
            MaxNewTokens = 20 + (5 * i),
            Temperature = i % 3 == 0 ? 0.9f : 0,
            Seed = (ulong)i,
        })),
    ];

    /// <summary>More requests than fit, in all stages at once, give the same bits as alone.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RequestsShareStepsAndDoNotInfluenceEachOther(bool ahead)
    {
        var alone = new List<int[]>();
        using (PlannedDiffusionEngine engine = Around(CpuRunner()))
        {
            foreach (GenerationRequest request in Mixed)
                alone.Add([.. (await engine.CompleteAsync(request, Cancellation)).Tokens]);
        }

        var runner = new GatedRunner(Device(CpuRunner(), ahead), permits: 0);
        using (PlannedDiffusionEngine engine = Around(runner))
        {
            Task<GenerationResult>[] all = [.. Mixed.Select(request => engine.CompleteAsync(request, Cancellation))];
            runner.Permit(100_000); // all are submitted before the first step ends
            GenerationResult[] together = await Task.WhenAll(all);
            Assert.Equal(alone, together.Select(result => result.Tokens.ToArray()));
            int passes = together.Sum(result => result.CriticalPath.Passes.Length);
            Assert.True(runner.Steps.Count < passes / 2, $"{runner.Steps.Count} steps for {passes} passes");
            Assert.Contains(runner.Steps, step => step.Length == Limits.MaxSequences);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StepsStayWithinTheRunnersLimit(bool ahead)
    {
        IModelRunner runner = CpuRunner(Limits with { MaxRowsPerStep = 24 }); // larger ones it refuses
        using PlannedDiffusionEngine engine = Around(Device(runner, ahead));
        GenerationRequest[] requests =
        [
            .. Mixed.Where(request => request.Options.Decoding is not (DiffusionOptions or FastDllmOptions)),
        ];
        GenerationResult[] results =
            await Task.WhenAll(requests.Select(request => engine.CompleteAsync(request, Cancellation)));
        Assert.All(results, result => Assert.NotEmpty(result.Tokens));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RequestsThatDoNotFitTogetherRunOneAfterTheOther(bool ahead)
    {
        var runner = new GatedRunner(Device(ReferenceRunner(), ahead), permits: 0);
        using PlannedDiffusionEngine engine = Around(runner);
        var options = new GenerationOptions
        {
            Decoding = new DiffusionOptions { StepsRatio = 0.05 },
            MaxNewTokens = 60,
        };
        Task<GenerationResult>[] both =
            [.. Enumerable.Range(0, 2).Select(i => engine.CompleteAsync(Request($"{i}", options), Cancellation))];
        runner.Permit(1000);
        await Task.WhenAll(both);
        Assert.Equal([0, 0, 0, 1, 1, 1], runner.Steps.Select(Assert.Single));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ACancelledRequestEndsWithinOneStep(bool ahead)
    {
        ReferenceModelRunner inner = ReferenceRunner();
        var runner = new GatedRunner(Device(inner, ahead), permits: 0);
        using PlannedDiffusionEngine engine = Around(runner);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task<GenerationResult> running = engine.CompleteAsync(Request("say", Planned(Plan)), cancel.Token);
        for (int step = 0; step < 3; step++)
        {
            await runner.StepArrives(Cancellation);
            if (step < 2) runner.Permit();
        }

        await cancel.CancelAsync(); // while the third step is computed
        runner.Permit();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        while (engine.Status.Running > 0) await Task.Yield(); // until the step is over
        Assert.Equal(3, runner.Steps.Count);
        Assert.Equal(0, inner.OpenSequences);

        Task<GenerationResult> next = engine.CompleteAsync(Request("say", Planned(Plan)), Cancellation);
        runner.Permit(1000);
        Assert.NotEmpty((await next).Tokens);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AWaitingRequestCanBeCancelledToo(bool ahead)
    {
        var runner = new GatedRunner(Device(ReferenceRunner(Limits with { MaxSequences = 1 }), ahead), permits: 0);
        using PlannedDiffusionEngine engine = Around(runner);
        Task<GenerationResult> first = engine.CompleteAsync(Request("one", Planned(Plan)), Cancellation);
        await runner.StepArrives(Cancellation);
        using var cancel = new CancellationTokenSource();
        Task<GenerationResult> second = engine.CompleteAsync(Request("two", Planned(Plan)), cancel.Token);
        Task<GenerationResult> third = engine.CompleteAsync(Request("three", Planned(Plan)), Cancellation);
        await cancel.CancelAsync();
        runner.Permit();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.False(first.IsCompleted);
        runner.Permit(1000);
        Assert.NotEmpty((await first).Tokens);
        Assert.NotEmpty((await third).Tokens);
        Assert.All(runner.Steps, step => Assert.Single(step));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LeavingTheEventsCancelsTheRequest(bool ahead)
    {
        ReferenceModelRunner inner = ReferenceRunner();
        using PlannedDiffusionEngine engine = Around(Device(inner, ahead));
        GenerationOptions slow = Planned(Plan).WithPlans(plans => plans with { StepsRatio = 1 });
        await foreach (GenerationEvent happened in
            engine.GenerateAsync(Request("say", slow), Cancellation))
        {
            if (happened is PlanDelta) break;
        }

        // The next request is computed by the same thread, which drops the abandoned one first.
        var one = new GenerationOptions { Decoding = new AutoregressiveOptions(), MaxNewTokens = 1 };
        await engine.CompleteAsync(Request("x", one), Cancellation);
        Assert.Equal(0, inner.OpenSequences);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DisposalEndsRunningAndWaitingRequests(bool ahead)
    {
        var runner = new GatedRunner(Device(ReferenceRunner(), ahead), permits: 0);
        PlannedDiffusionEngine engine = Around(runner);
        Task<GenerationResult>[] all = [.. Mixed.Select(request => engine.CompleteAsync(request, Cancellation))];
        await runner.StepArrives(Cancellation);
        Task disposal = Task.Run(engine.Dispose, Cancellation);
        runner.Permit(100_000);
        await disposal;
        Assert.True(runner.Disposed);
        foreach (Task<GenerationResult> request in all)
        {
            if (!request.IsCompletedSuccessfully) await Assert.ThrowsAsync<ObjectDisposedException>(() => request);
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(() => engine.CompleteAsync(Mixed[0], Cancellation));
        engine.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AFaultEndsTheRequestsOfItsStepOnly(bool ahead)
    {
        ReferenceModelRunner inner = ReferenceRunner();
        var runner = new GatedRunner(Device(inner, ahead), permits: 0);
        using PlannedDiffusionEngine engine = Around(runner);
        Task<GenerationResult> request = engine.CompleteAsync(Mixed[2], Cancellation);
        await runner.StepArrives(Cancellation);
        inner.NextFault = new InvalidOperationException("the device is gone");
        runner.Permit(1000);
        Exception fault = await Assert.ThrowsAsync<InvalidOperationException>(() => request);
        Assert.Equal("the device is gone", fault.Message);
        Assert.Equal(0, inner.OpenSequences);
        Assert.NotEmpty((await engine.CompleteAsync(Mixed[2], Cancellation)).Tokens);
    }

    [Fact]
    public async Task ARefusedStepIsComputedRequestByRequest()
    {
        ReferenceModelRunner inner = ReferenceRunner();
        var runner = new GatedRunner(inner, permits: 0);
        using PlannedDiffusionEngine engine = Around(runner);
        Task<GenerationResult> first = engine.CompleteAsync(Mixed[2], Cancellation);
        await runner.StepArrives(Cancellation);
        Task<GenerationResult> second = engine.CompleteAsync(Mixed[6], Cancellation);
        runner.Permit();
        await runner.StepArrives(Cancellation); // with both requests
        inner.NextFault = new ArgumentException("refused");
        runner.Permit(1000);
        Assert.NotEmpty((await first).Tokens);
        Assert.NotEmpty((await second).Tokens);
    }
}
