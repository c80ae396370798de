using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Cuda.Tests.Runner;

/// <summary>
/// A request alone answers the same with drafts as without, in bf16 too, and with keys that are split among blocks.
/// </summary>
public sealed class CudaDraftsTests(TestDevice device) : CudaTests(device)
{
    private const string Prompt = "one two three four, one two three four, one two three four, one two three four, one";

    [Theory]
    [InlineData(CudaPrecision.BF16)]
    [InlineData(CudaPrecision.F32)]
    public async Task LookedUpTokensChangeNothing(CudaPrecision precision)
    {
        // The most likely tokens soon repeat themselves.
        var options = new GenerationOptions
        {
            Decoder = DecoderKind.Autoregressive,
            MaxNewTokens = 60,
            Temperature = 0,
        };
        await Compare(precision, options, Drafts.PromptLookup);
    }

    [Theory]
    [InlineData(CudaPrecision.BF16)]
    [InlineData(CudaPrecision.F32)]
    public async Task DraftsOfThePlanChangeNothing(CudaPrecision precision)
    {
        const string plan = CudaEngineTests.Plan;
        string[] plans = [plan.Replace("<|im_end|>", "<sync/>", StringComparison.Ordinal), plan];
        await Compare(precision, Planned(plans) with { Temperature = 0.8f }, Drafts.PlanGrammar);
    }

    private async Task Compare(CudaPrecision precision, GenerationOptions options, Drafts drafts)
    {
        using PlannedDiffusionEngine engine = Around(Runner(precision));
        GenerationResult without = await Complete(Drafts.None), with = await Complete(drafts);
        Assert.Equal(without.Tokens.ToArray(), with.Tokens.ToArray());
        int kept = with.CriticalPath.Passes.Sum(pass => pass.Kept);
        Assert.True(kept > 0);
        Assert.Equal(without.CriticalPath.Passes.Length, with.CriticalPath.Passes.Length + kept);

        Task<GenerationResult> Complete(Drafts kind) => engine.CompleteAsync(
            Request(Prompt, options with { Drafts = kind }), TestContext.Current.CancellationToken);
    }

    private CudaModelRunner Runner(CudaPrecision precision)
    {
        Simulator simulator = Simulator.Require(Device);
        simulator.SetMultiprocessors(40);
        try
        {
            using ModelWeights weights = TinyModels.InMemory(Config);
            return CudaRunners.Create(weights, CudaRunners.Exact with { Limits = Limits, Precision = precision });
        }
        finally
        {
            simulator.SetMultiprocessors(0);
        }
    }
}
