using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Cuda.Tests.Runner;

/// <summary>Engines on the CUDA runner: requests side by side, cancelled, and beside another engine.</summary>
public sealed class CudaEngineTests(TestDevice device) : CudaTests(device)
{
    internal const string Plan = "<promise>-<topic>a 1</topic><promise>-<topic>b 2</topic><|im_end|>";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ACancelledRoundLeavesNothingToTheNextRequest()
    {
        int[] expected;
        using (PlannedDiffusionEngine fresh = Around(Runner())) expected = await Answer(fresh);

        var runner = new GatedRunner(Runner(), permits: 0);
        using PlannedDiffusionEngine engine = Around(runner);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        GenerationRequest other = Request("another prompt", Planned(Plan) with { Temperature = 1 });
        Task<GenerationResult> running = engine.CompleteAsync(other, cancel.Token);
        for (int step = 0; step < 4; step++)
        {
            await runner.StepArrives(Cancellation); // the plan is given: these denoise
            if (step < 3) runner.Permit();
        }

        await cancel.CancelAsync();
        runner.Permit();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        runner.Permit(10_000);
        Assert.Equal(expected, await Answer(engine));
    }

    [Fact]
    public async Task TwoEnginesSideBySideAnswerAsEachAlone()
    {
        using PlannedDiffusionEngine first = Around(Runner()), second = Around(Runner());
        int[][] together = await Task.WhenAll(Answer(first), Answer(second), Answer(first));
        using PlannedDiffusionEngine alone = Around(Runner());
        int[] expected = await Answer(alone);
        Assert.All(together, tokens => Assert.Equal(expected, tokens));
    }

    [Fact]
    public async Task AnswersAreThoseOfTheCpu()
    {
        using PlannedDiffusionEngine cuda = Around(Runner()), cpu = Around(CpuRunner());
        foreach ((DecoderKind decoder, Preset preset) in ((DecoderKind, Preset)[])[
            (DecoderKind.Autoregressive, Preset.Published),
            .. from decoder in (DecoderKind[])[
                DecoderKind.PlannedSparse, DecoderKind.PlannedDense, DecoderKind.Diffusion, DecoderKind.FastDllm]
            from preset in Enum.GetValues<Preset>()
            select (decoder, preset)])
        {
            GenerationOptions options = Planned(Plan).As(decoder) with
            {
                Preset = preset,
                MaxNewTokens = 24,
                Temperature = preset == Preset.Fast ? 0.2f : 0,
            };
            GenerationRequest request = Request("a prompt", options);
            GenerationResult expected = await cpu.CompleteAsync(request, Cancellation);
            GenerationResult actual = await cuda.CompleteAsync(request, Cancellation);
            Assert.Equal(expected.Tokens.ToArray(), actual.Tokens.ToArray());
        }
    }

    [Fact]
    public async Task ARequestThatCannotFitIsRefusedWithNeedAndHave()
    {
        _ = Device.Device;
        using ModelWeights weights = TinyModels.InMemory(Config);
        CudaSetup options = CudaRunners.Exact with { Limits = Limits, KvPoolPositions = 90 };
        var runner = new GatedRunner(CudaRunners.Create(weights, options));
        using PlannedDiffusionEngine engine = Around(runner);
        var refusal = await Assert.ThrowsAsync<RunnerCapacityException>(
            () => engine.CompleteAsync(Request("say", Planned(Plan)), Cancellation));
        foreach (string number in (string[])["250", "90"])
            Assert.Contains(number, refusal.Message, StringComparison.Ordinal);
        Assert.Empty(runner.Steps);
        GenerationResult fits = await engine.CompleteAsync(
            Request("say", Planned(Plan) with { MaxLength = 90 }), Cancellation);
        Assert.NotEmpty(fits.Tokens);
    }

    [Fact]
    public async Task TheDemoBeginsItsAnswerAsOnTheCpu()
    {
        _ = Device.Device;
        string folder = Repository.PathTo("models", "demo");
        var limits = new RunnerLimits { MaxSequences = 1, MaxPositions = 128, MaxRowsPerStep = 64 };
        CudaSetup options = CudaRunners.Exact with { Limits = limits };
        var generation = new GenerationOptions { Decoding = new AutoregressiveOptions(), MaxNewTokens = 6 };
        GenerationRequest request = GenerationRequest.FromUser("What is gold?", generation);
        using var cuda = PlannedDiffusionEngine.Load(
            folder, new EngineOptions { RunnerFactory = CudaRunner.Factory(options.Cuda), Runner = options.Runner });
        using var cpu = PlannedDiffusionEngine.Load(folder, new EngineOptions
        {
            Runner = new RunnerOptions { Limits = limits, Threads = 1 },
        });
        GenerationResult expected = await cpu.CompleteAsync(request, Cancellation);
        GenerationResult actual = await cuda.CompleteAsync(request, Cancellation);
        Assert.Equal(6, expected.Tokens.Length);
        Assert.Equal(expected.Tokens.ToArray(), actual.Tokens.ToArray());
    }

    private CudaModelRunner Runner()
    {
        _ = Device.Device;
        using ModelWeights weights = TinyModels.InMemory(Config);
        return CudaRunners.Create(weights, CudaRunners.Exact with { Limits = Limits });
    }

    private static async Task<int[]> Answer(PlannedDiffusionEngine engine)
    {
        GenerationResult result = await engine.CompleteAsync(Request("say", Planned(Plan)), Cancellation);
        return [.. result.Tokens];
    }
}
