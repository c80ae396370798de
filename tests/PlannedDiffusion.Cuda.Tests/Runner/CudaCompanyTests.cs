using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Cuda.Tests.Runner;

/// <summary>
/// Requests that share steps on the CUDA runner, whatever the rules, give the answers that they give alone. The runner
/// runs ahead: passes are chosen before it is known what the last ones did.
/// </summary>
public sealed class CudaCompanyTests(TestDevice device) : CudaTests(device)
{
    private const string First = "x<promise>-<topic>uno 1</topic><promise>-<topic>due 2</topic><sync/>";
    private const string Second = "<promise>-<topic>tre 1</topic><promise>-<topic>c 1</topic><|im_end|>";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static GenerationRequest[] Requests =>
    [
        .. Enumerable.Range(0, 8).Select(i => Request($"prompt {i}", Planned(First, Second)
            .WithPlans(plans => plans with
            {
                LengthScale = 4,
                Unmasking = (i % 4) switch
                {
                    0 => null,
                    1 => new ThresholdUnmasking(0.004f),
                    2 => new CertainUnmasking(0.004f),
                    _ => new ThresholdUnmasking(0.9f),
                },
            })
            .WithDrafts(i % 2 == 0)
            .As(i % 3 == 2 ? (DecoderKind)(i % 6) : DecoderKind.PlannedSparse) with
            {
                MaxNewTokens = 30 + (3 * i),
                Temperature = i % 2,
                Seed = (ulong)i,
            })),
    ];

    [Fact]
    public async Task RequestsAnswerAsAlone()
    {
        var alone = new List<string>();
        using (PlannedDiffusionEngine engine = Around(Runner()))
        {
            foreach (GenerationRequest request in Requests)
                alone.Add(AnswerFacts.Of(await engine.CompleteAsync(request, Cancellation)));
        }

        for (int seed = 0; seed < 3; seed++)
        {
            var random = new Random(seed);
            var gate = new GatedRunner(Runner(), permits: 0);
            var time = new ManualTime();
            var options = new EngineOptions { Scheduling = AnyScheduling.Of(random), Clock = time };
            using PlannedDiffusionEngine engine = Around(gate, options);
            var all = new List<Task<GenerationResult>>();
            foreach (GenerationRequest request in Requests)
            {
                all.Add(engine.CompleteAsync(request with { Priority = random.Next(5) }, Cancellation));
                gate.Permit(random.Next(1, 7));
                time.Advance(TimeSpan.FromSeconds(random.Next(2)));
            }

            gate.Permit(1_000_000);
            GenerationResult[] together = await Task.WhenAll(all);
            Assert.Equal(alone, together.Select(AnswerFacts.Of));
        }
    }

    private CudaModelRunner Runner()
    {
        _ = Device.Device;
        using ModelWeights weights = TinyModels.InMemory(Config);
        return CudaRunners.Create(weights, CudaRunners.Exact with { Limits = Limits });
    }
}
