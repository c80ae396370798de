using System.Collections.Immutable;
using PlannedDiffusion.Cpu;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>Engines around a model with random weights and a tokenizer of bytes and tags.</summary>
internal static class TinyEngines
{
    public static readonly Tokenizer Tokenizer = LoadTokenizer();

    public static readonly ControlTokens Tags = ControlTokens.FromTokenizer(Tokenizer);

    public static readonly ModelConfig Config =
        TinyModels.Config(hidden: 32, mlp: 48, headSize: 8, vocabulary: 310) with { MaskTokenId = Tags.Mask };

    public static readonly RunnerLimits Limits = new() { MaxRowsPerStep = 96, MaxPositions = 256, MaxSequences = 4 };

    private static readonly Lazy<ReferenceWeights> Weights = new(() =>
    {
        using ModelWeights weights = TinyModels.InMemory(Config);
        return ReferenceWeights.From(weights);
    });

    public static ReferenceModelRunner ReferenceRunner(RunnerLimits? limits = null) =>
        new(Weights.Value, limits ?? Limits);

    public static CpuModelRunner CpuRunner(RunnerLimits? limits = null)
    {
        using ModelWeights weights = TinyModels.InMemory(Config);
        return CpuModelRunner.Create(weights, new CpuRunnerOptions { Threads = 1, Limits = limits ?? Limits });
    }

    /// <summary>The runner, or one that computes its steps when somebody waits for them.</summary>
    public static IModelRunner Device(IModelRunner runner, bool ahead) => ahead ? new AheadRunner(runner) : runner;

    public static PlannedDiffusionEngine Around(IModelRunner runner) => new(runner, Tokenizer);

    /// <summary>Options for planned decoding with plans that the test writes.</summary>
    public static GenerationOptions Planned(params string[] plans) => new()
    {
        MaxLength = 250,
        StepsRatio = 0.5,
        ForcedPlans = [.. plans.Select(plan => ImmutableArray.Create(Tokenizer.EncodeTrusted(plan)))],
    };

    public static GenerationRequest Request(string prompt, GenerationOptions options) =>
        new() { Prompt = prompt, Options = options };

    private static Tokenizer LoadTokenizer()
    {
        using TemporaryDirectory directory = TinyTokenizer.Write(TinyTokenizer.Describe());
        return Tokenizer.Load(directory.Path);
    }
}
