using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>A preset chooses the unmasking policy, unless options set one.</summary>
public sealed class PresetTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(DecoderKind.Planned, false, 0.9f)]
    [InlineData(DecoderKind.Planned, true, 0.995f)]
    [InlineData(DecoderKind.PlannedSparse, true, 0.9f)]
    [InlineData(DecoderKind.PlannedDense, false, 0.995f)]
    [InlineData(DecoderKind.Diffusion, false, 0.95f)]
    [InlineData(DecoderKind.FastDllm, false, 0.9f)]
    public void EachWayToDecodeHasItsOwnThreshold(DecoderKind decoder, bool dense, float threshold)
    {
        var options = new GenerationOptions { Decoding = decoder.Options() };
        UnmaskPolicy published = decoder == DecoderKind.FastDllm
            ? new ThresholdUnmasking(0.9f)
            : new ScheduledUnmasking(ConfidenceKind.NegativeEntropy);
        Assert.Equal(published, Policy(options, dense));
        GenerationOptions fast = options with { Preset = Preset.Fast };
        Assert.Equal(new CertainUnmasking(threshold), Policy(fast, dense));
        var own = new ThresholdUnmasking(0.25f);
        Assert.Equal(own, Policy(fast.WithPolicy(own), dense));
        UnmaskPolicy schedule = new ScheduledUnmasking(ConfidenceKind.Margin);
        UnmaskPolicy expected = decoder == DecoderKind.FastDllm ? new CertainUnmasking(threshold) : schedule;
        Assert.Equal(expected, Policy(fast.WithPolicy(schedule), dense)); // blocks have no schedule
    }

    /// <summary>Requests of all kinds, concurrent and in sequence, on both kinds of runner.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FastAnswersAreTheSameAmongOtherRequests(bool ahead)
    {
        const string plan = "<promise>-<topic>a 1</topic><promise>-<topic>b 2</topic><|im_end|>";
        GenerationRequest[] requests =
        [
            .. Enumerable.Range(0, 10).Select(i => Request($"prompt number {i}", (Planned(plan) with
            {
                Preset = Preset.Fast,
                MaxNewTokens = 20 + (5 * i),
                Temperature = i % 3 == 0 ? 0.9f : 0,
                Seed = (ulong)i,
            })
            .WithPlans(plans => plans with { Commit = (KvCommit)(i % 2) })
            .WithPolicy(i % 4 == 3 ? new CertainUnmasking(0.1f) : null)
            .As((DecoderKind)(i % 6)))),
        ];
        var alone = new List<GenerationResult>();
        using (PlannedDiffusionEngine engine = Around(CpuRunner()))
        {
            foreach (GenerationRequest request in requests)
                alone.Add(await engine.CompleteAsync(request, Cancellation));
        }

        var runner = new GatedRunner(Device(CpuRunner(), ahead), permits: 0);
        using PlannedDiffusionEngine shared = Around(runner);
        Task<GenerationResult>[] all = [.. requests.Select(request => shared.CompleteAsync(request, Cancellation))];
        runner.Permit(100_000); // all are submitted before the first step ends
        GenerationResult[] together = await Task.WhenAll(all);
        Assert.Equal(alone.Select(Facts), together.Select(Facts));
        Assert.All(
            together.Where(result => result.CriticalPath.Time().ContainsKey(DecodingStage.Denoise)),
            result => Assert.Equal(0, result.CriticalPath.SurplusPasses));

        static string Facts(GenerationResult result) =>
            $"{string.Join(' ', result.Tokens)}; {string.Join(' ', result.CriticalPath.DenoiseSteps)}; "
            + string.Join(' ', result.Rounds.SelectMany(round => round.Spans));
    }

    private static UnmaskPolicy Policy(GenerationOptions options, bool dense)
    {
        var preparation = new RequestPreparation(
            TinyEngines.Tokenizer, new ChatTemplate(TinyEngines.Tokenizer), Tags, [], new CheckpointDefaults(),
            Config with { DenseByDefault = dense }, Limits);
        PreparedRequest prepared = preparation.Prepare(Request("x", options with { MaxNewTokens = 20 }));
        return prepared.Decoder switch
        {
            PlannedDecoder planned => planned.Policy,
            DiffusionDecoder diffusion => diffusion.Policy with { Scope = UnmaskScope.Span },
            FastDllmDecoder blocks => blocks.Policy,
            _ => throw new InvalidOperationException($"{prepared.Decoder} reveals no masks."),
        };
    }
}
