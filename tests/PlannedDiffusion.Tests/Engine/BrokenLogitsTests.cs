using PlannedDiffusion.Cpu;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>Logits that are NaN if a row sees a certain letter give no answer, and an error that says so.</summary>
public sealed class BrokenLogitsTests
{
    private const string Plan = "<promise>-<topic>a 1</topic><promise>-<topic>b 2</topic><sync/>";
    private const string BrokenPlan = "<promise>-<topic>w 1</topic><promise>-<topic>b 2</topic><|im_end|>";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, string[], DecoderKind, bool, DecodingStage, int> Requests
    {
        get
        {
            var requests = new TheoryData<string, string[], DecoderKind, bool, DecodingStage, int>();
            int plan = Tokenizer.EncodeTrusted(Plan).Length - 1;
            int broken = Tokenizer.EncodeTrusted(BrokenPlan).Length - 1;
            foreach (bool ahead in new[] { false, true })
            {
                requests.Add("awa", [], DecoderKind.Autoregressive, ahead, DecodingStage.Prefill, 0);
                requests.Add("awa", [], DecoderKind.Planned, ahead, DecodingStage.Prefill, 0);
                requests.Add("awa", [], DecoderKind.Diffusion, ahead, DecodingStage.Denoise, 0);
                requests.Add("awa", [], DecoderKind.FastDllm, ahead, DecodingStage.Denoise, 0);
                requests.Add("abc", ["w"], DecoderKind.PlannedSparse, ahead, DecodingStage.Plan, 1);
                requests.Add("abc", [BrokenPlan], DecoderKind.PlannedSparse, ahead, DecodingStage.Denoise, broken + 1);
                requests.Add("abc", [BrokenPlan], DecoderKind.PlannedDense, ahead, DecodingStage.Denoise, broken + 1);
                // In the second round, after the spans of the first one with their tags, and the sync.
                int before = plan + 12 + 22 + 1;
                requests.Add(
                    "abc", [Plan, BrokenPlan], DecoderKind.Planned, ahead, DecodingStage.Denoise, before + broken + 1);
            }

            return requests;
        }
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task TheErrorNamesPositionAndStageAndOnlyThatRequestEnds(
        string prompt, string[] plans, DecoderKind decoder, bool ahead, DecodingStage stage, int behindPrompt)
    {
        int position = Tokenizer.Encode(prompt).Length + behindPrompt;
        UnmaskPolicy[] policies =
        [
            new ScheduledUnmasking(ConfidenceKind.NegativeEntropy), new ThresholdUnmasking(0.5f),
            new CertainUnmasking(0.5f),
        ];
        foreach (UnmaskPolicy policy in policies)
        {
            using PlannedDiffusionEngine engine = Around(Device(BrokenRunner(), ahead));
            GenerationOptions options = Planned(plans).WithPolicy(policy).As(decoder);
            if (decoder.FillsFixedLength()) options = options with { MaxNewTokens = 20 };
            GenerationRequest sound = Request("abc", Planned(Plan) with { MaxNewTokens = 60 });
            GenerationResult alone = await engine.CompleteAsync(sound, Cancellation);
            Task<GenerationResult> beside = engine.CompleteAsync(sound, Cancellation);
            Task<GenerationResult> broken = engine.CompleteAsync(Request(prompt, options), Cancellation);
            BrokenLogitsException error = await Assert.ThrowsAsync<BrokenLogitsException>(() => broken);
            Assert.Equal((position, stage), (error.Position, error.Stage));
            Assert.Contains($"position {position} ", error.Message, StringComparison.Ordinal);
            Assert.Contains($"{stage}", error.Message, StringComparison.Ordinal);
            Assert.Equal(alone.Tokens, (await beside).Tokens);

            // A listener gets the same error, and no answer.
            var events = new List<GenerationEvent>();
            error = await Assert.ThrowsAsync<BrokenLogitsException>(async () =>
            {
                await foreach (GenerationEvent told in engine.GenerateAsync(Request(prompt, options), Cancellation))
                    events.Add(told);
            });
            Assert.Equal((position, stage), (error.Position, error.Stage));
            Assert.DoesNotContain(events, told => told is Completed or TextDelta);
            Assert.DoesNotContain(events, told => told is SpanProgress or SpanCompleted && plans.Length < 2);
        }
    }

    /// <summary>The span's tokens are not read yet, and would break those of the next plan.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ABrokenSpanIsNamedBeforeTheNextPlan(bool ahead)
    {
        string plan = BrokenPlan.Replace("<|im_end|>", "<sync/>", StringComparison.Ordinal);
        int position = Tokenizer.Encode("abc").Length + Tokenizer.EncodeTrusted(plan).Length;
        foreach (UnmaskPolicy policy in (UnmaskPolicy[])[new ThresholdUnmasking(0.5f), new CertainUnmasking(0.5f)])
        {
            using PlannedDiffusionEngine engine = Around(Device(BrokenRunner(), ahead));
            GenerationRequest request = Request("abc", Planned(plan).WithPolicy(policy));
            var error = await Assert.ThrowsAsync<BrokenLogitsException>(
                () => engine.CompleteAsync(request, Cancellation));
            Assert.Equal((position, DecodingStage.Denoise), (error.Position, error.Stage));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AVocabularyOfOnlyTheMaskIsBroken(bool ahead)
    {
        using ModelWeights weights = TinyModels.InMemory(TinyModels.Config(vocabulary: 1));
        var blocks = new FastDllmDecoder { Length = 12, BlockLength = 4, Cache = BlockCache.Dual };
        IDecoder[] decoders =
        [
            new AutoregressiveDecoder { StopTokens = [], MaxLength = 12 },
            new DiffusionDecoder { Length = 12, Steps = 3 },
            new DiffusionDecoder { Length = 12, Steps = 3, Policy = new ThresholdUnmasking(0.5f) },
            new DiffusionDecoder { Length = 12, Steps = 3, Policy = new CertainUnmasking() },
            blocks,
            blocks with { Cache = BlockCache.Prefix },
            blocks with { Policy = new CertainUnmasking() },
        ];
        foreach (IDecoder decoder in decoders)
        {
            using IModelRunner runner = Device(
                CpuModelRunner.Create(weights, new RunnerOptions { Threads = 1, Limits = Limits }), ahead);
            using var sequence = new Sequence(runner, 12, [0]);
            Assert.Throws<BrokenLogitsException>(() => Run(decoder, sequence, runner));
        }
    }

    /// <summary>The only token beside the mask is in every answer, with any sampling.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AVocabularyOfOneTokenBesideTheMaskIsDecoded(bool ahead)
    {
        using ModelWeights weights = TinyModels.InMemory(TinyModels.Config(vocabulary: 2));
        SamplingParams[] samplings = [SamplingParams.Greedy, new(1, 0.5f, 1, 3), new(1e-38f, 1, 0, 3)];
        foreach (SamplingParams sampling in samplings)
        {
            IDecoder[] decoders =
            [
                new AutoregressiveDecoder { StopTokens = [], MaxLength = 12, Sampling = sampling },
                new DiffusionDecoder { Length = 12, Steps = 3, Sampling = sampling },
                new FastDllmDecoder { Length = 12, BlockLength = 4, Cache = BlockCache.Dual, Sampling = sampling },
            ];
            foreach (IDecoder decoder in decoders)
            {
                using IModelRunner runner = Device(
                    CpuModelRunner.Create(weights, new RunnerOptions { Threads = 1, Limits = Limits }), ahead);
                using var sequence = new Sequence(runner, 12, [0]);
                Run(decoder, sequence, runner);
                Assert.Equal(new int[12], sequence.Tokens.ToArray());
            }
        }
    }

    private static void Run(IDecoder decoder, Sequence sequence, IModelRunner runner)
    {
        foreach (ReadyPass pass in decoder.Decode(sequence)) runner.Forward(pass.Step);
    }

    private static CpuModelRunner BrokenRunner()
    {
        int letter = Assert.Single(Tokenizer.Encode("w"));
        using ModelWeights weights = TinyModels.WithEmbedding(TinyModels.InMemory(Config), letter, float.NaN);
        return CpuModelRunner.Create(weights, new RunnerOptions { Threads = 1, Limits = Limits });
    }
}
