using Microsoft.Extensions.DependencyInjection;
using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Hosting;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Runner;

/// <summary>An engine whose device fails is loaded again by its supervisor, and leaves nothing on the device.</summary>
public sealed class CudaRestartTests : CudaTests
{
    private readonly ManualTime _time = new();
    private readonly TemporaryDirectory _model = TokenizerFiles.Copy("tokenizer.json");
    private readonly ServiceProvider _services;
    private readonly EngineSupervisor _supervisor;
    private GatedRunner? _runner; // of the engine that was loaded last, which disposes it

    public CudaRestartTests(TestDevice device)
        : base(device)
    {
        var tokenizer = Tokenizer.Load(_model.Path);
        TinyModels.WriteTo(_model.Path, TinyModels.Config(layers: 1, vocabulary: tokenizer.VocabularySize) with
        {
            MaskTokenId = tokenizer.AddedTokenId("<|mask|>"),
        });
        _services = new ServiceCollection().AddSingleton<TimeProvider>(_time).AddPlannedDiffusion(Configure)
            .BuildServiceProvider();
        _supervisor = _services.GetRequiredService<EngineSupervisor>();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public override void Dispose()
    {
        _services.Dispose();
        _model.Dispose();
        base.Dispose();
    }

    [Fact]
    public async Task LoadingAgainAfterFaultsLeavesNothingOnTheDevice()
    {
        Simulator driver = Simulator.Require(Device);
        long before = driver.LiveObjects, free = Device.Device.Memory().Free;
        IReadOnlyList<int> expected = await Answer();
        long loaded = driver.LiveObjects;
        Assert.True(loaded > before);
        for (int i = 1; i <= 4; i++)
        {
            await Fault(driver);
            Assert.Equal(before, driver.LiveObjects);
            Assert.Equal(free, Device.Device.Memory().Free);
            _time.Advance(TimeSpan.FromMinutes(1));
            await Reaches(EngineState.Ready);
            Assert.Equal(expected, await Answer());
            Assert.Equal((loaded, i), (driver.LiveObjects, _supervisor.Restarts));
        }

        await _services.DisposeAsync();
        Assert.Equal(before, driver.LiveObjects);
        Assert.Equal(free, Device.Device.Memory().Free);
    }

    [Fact]
    public async Task ALoadThatFailsHalfWayLeavesNothingEither()
    {
        Simulator driver = Simulator.Require(Device);
        long before = driver.LiveObjects;
        IReadOnlyList<int> expected = await Answer();
        await Fault(driver);
        driver.Fail("cuMemAlloc_v2", 5, CudaResult.OutOfMemory);
        await using IAsyncEnumerator<EngineState> states =
            _supervisor.WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        foreach (EngineState next in (EngineState[])[EngineState.Faulted, EngineState.Loading, EngineState.Faulted])
        {
            Assert.True(await states.MoveNextAsync());
            Assert.Equal(next, states.Current);
            if (next == EngineState.Faulted) _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Contains("memory", _supervisor.Failure!.Message, StringComparison.Ordinal);
        await Reaches(EngineState.Ready);
        Assert.Equal(expected, await Answer());
        await _services.DisposeAsync();
        Assert.Equal(before, driver.LiveObjects);
    }

    private void Configure(PlannedDiffusionSettings settings)
    {
        settings.Model = _model.Path;
        settings.ConfigureEngine(options => options with
        {
            RunnerFactory = (weights, _) => _runner = new GatedRunner(CudaRunners.Create(weights)),
        });
    }

    private async Task<IReadOnlyList<int>> Answer()
    {
        PlannedDiffusionEngine engine = await _supervisor.WaitAsync(Cancellation);
        GenerationOptions options = new() { Decoding = new AutoregressiveOptions(), MaxNewTokens = 3 };
        return [.. (await engine.CompleteAsync(TinyEngines.Request("say", options), Cancellation)).Tokens];
    }

    /// <summary>Fails a step for good, and waits until the engine is gone.</summary>
    private async Task Fault(Simulator driver)
    {
        driver.Fail("cuGraphLaunch", 1, CudaResult.LaunchFailed);
        await Assert.ThrowsAsync<EngineFaultedException>(Answer);
        driver.Reset();
        await Reaches(EngineState.Faulted);
        await _runner!.WhenDisposed.WaitAsync(Cancellation);
    }

    private async Task Reaches(EngineState wanted)
    {
        await foreach (EngineState state in _supervisor.WatchAsync(Cancellation))
        {
            if (state == wanted) return;
        }
    }
}
