using System.Collections.Immutable;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Cuda.Tests.Runner;

/// <summary>
/// Decoders on a runner that is asked for a pass before anybody knows the last one's tokens: they reach what they reach
/// on one that computes pass by pass, and what they leave behind harms nobody.
/// </summary>
public sealed class CudaRunAheadTests(TestDevice device) : CudaTests(device)
{
    private const int Capacity = 200;

    private static readonly int[] Prompt = [95, 59, 143, 75, 184, 209, 66, 95, 195, 58, 137, 68];

    public static TheoryData<string> Names => [.. Decoders().Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void DecodersReachTheSame(string name)
    {
        IDecoder decoder = Decoders()[name];
        using ReferenceModelRunner exact = ReferenceRunner();
        using CudaModelRunner runner = Runner();
        (string expected, int none) = Decode(exact, decoder);
        (string actual, int surplus) = Decode(runner, decoder);
        Assert.Equal(expected, actual);
        Assert.Equal(0, none);
        // A fixed schedule ends when it was to end, and where certain tokens are revealed the host waits; a stop and a
        // threshold are noticed one pass late.
        bool foreseen = name is not ("one token at a time" or "planned, threshold" or "blocks");
        Assert.True(foreseen == (surplus == 0), $"{surplus} surplus passes");
        Assert.Equal(expected, Decode(runner, decoder).Facts);
    }

    /// <summary>A sequence is closed while passes are under way; the next one takes over its place.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(11)]
    public void AnAbandonedSequenceLeavesNothingToTheNext(int passes)
    {
        using CudaModelRunner runner = Runner();
        foreach (IDecoder decoder in Decoders().Values)
        {
            using (var abandoned = new Sequence(runner, Capacity, [.. Prompt.Reverse()]))
            {
                foreach (ReadyPass pass in decoder.Decode(abandoned).Take(passes)) runner.Forward(pass.Step);
            }

            using CudaModelRunner fresh = Runner();
            Assert.Equal(Decode(fresh, decoder), Decode(runner, decoder));
        }
    }

    private static Dictionary<string, IDecoder> Decoders()
    {
        const string first = "x<promise>-<topic>uno 1</topic><promise>-<topic>due 2</topic><sync/>";
        const string second = "<promise>-<topic>tre 1</topic><|im_end|>";
        var planned = new PlannedDecoder
        {
            Tokens = Tags,
            MaxLength = Capacity,
            LengthScale = 5,
            StepsRatio = 0.5,
            DefaultSpanLength = 50,
            MaxRounds = 16,
            MaxPlanTokens = 512,
            ForcedPlans = [Ids(first), Ids(second)],
        };
        var certain = new CertainUnmasking(0.1f);
        return new Dictionary<string, IDecoder>
        {
            ["one token at a time"] = new AutoregressiveDecoder { StopTokens = [StopAt(7)], MaxLength = 60 },
            ["planned"] = planned,
            ["planned, refreshed and dense"] = planned with { Commit = KvCommit.Refresh, Dense = true },
            ["planned, threshold"] = planned with { Policy = new ThresholdUnmasking(0.02f) },
            ["planned, certain"] = planned with { Policy = certain },
            ["planned, certain and dense"] = planned with { Policy = certain, Dense = true },
            ["planned, factor"] = planned with { Policy = new FactorUnmasking(4), Dense = true },
            ["diffusion, certain"] = new DiffusionDecoder
            {
                Length = Prompt.Length + 15,
                Steps = 6,
                Policy = certain,
            },
            ["blocks, certain"] = new FastDllmDecoder
            {
                Length = Prompt.Length + 21,
                BlockLength = 8,
                Cache = BlockCache.Prefix,
                Policy = certain,
                Sampling = new SamplingParams(0.5f, 0.9f, 0, 4),
            },
            ["diffusion"] = new DiffusionDecoder
            {
                Length = Prompt.Length + 15,
                Steps = 6,
                Policy = new ScheduledUnmasking(ConfidenceKind.Margin) { Scope = UnmaskScope.Round },
            },
            ["blocks"] = new FastDllmDecoder
            {
                Length = Prompt.Length + 21,
                BlockLength = 8,
                Cache = BlockCache.Dual,
                Policy = new ThresholdUnmasking(0.01f),
            },
        };
    }

    private static ImmutableArray<int> Ids(string text) => ImmutableArray.Create(Tokenizer.EncodeTrusted(text));

    /// <summary>The token that comes so many behind the prompt, if nothing stops it.</summary>
    private static int StopAt(int index)
    {
        using ReferenceModelRunner exact = ReferenceRunner();
        using var sequence = new Sequence(exact, Capacity, Prompt);
        var decoder = new AutoregressiveDecoder { StopTokens = [], MaxLength = Prompt.Length + index + 1 };
        foreach (ReadyPass pass in decoder.Decode(sequence)) exact.Forward(pass.Step);
        return sequence.Tokens[Prompt.Length + index];
    }

    private CudaModelRunner Runner()
    {
        _ = Device.Device;
        using ModelWeights weights = TinyModels.InMemory(Config);
        return CudaRunners.Create(weights, CudaRunners.Exact with { Limits = Limits });
    }

    /// <summary>Decodes without reading anything in between, as a service does.</summary>
    private static (string Facts, int Surplus) Decode(IModelRunner runner, IDecoder decoder)
    {
        using var sequence = new Sequence(runner, Capacity, Prompt);
        foreach (ReadyPass pass in decoder.Decode(sequence)) runner.Forward(pass.Step);
        string[] facts =
        [
            string.Join(' ', sequence.Tokens.ToArray()),
            string.Join(' ', sequence.Record.Passes.Select(pass => $"{pass.Stage} {pass.Rows}")),
            string.Join(' ', sequence.Rounds.Select(round => $"{round.PlanTokens} {round.Steps} {round.MasksLeft}")),
            $"{sequence.Finish}",
        ];
        return (string.Join('\n', facts), sequence.Record.Surplus);
    }
}
