using System.Collections.Immutable;
using PlannedDiffusion.Cpu;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.TestKit;

/// <summary>Engines around a model with random weights and a tokenizer of bytes and tags.</summary>
public static class TinyEngines
{
    /// <summary>The tokenizer of <see cref="TinyTokenizer"/>.</summary>
    public static readonly Tokenizer Tokenizer = LoadTokenizer();

    /// <summary>Its tags.</summary>
    public static readonly ControlTokens Tags = ControlTokens.FromTokenizer(Tokenizer);

    /// <summary>The model.</summary>
    public static readonly ModelConfig Config =
        TinyModels.Config(hidden: 32, mlp: 48, headSize: 8, vocabulary: 310) with { MaskTokenId = Tags.Mask };

    /// <summary>The limits of its runners.</summary>
    public static readonly RunnerLimits Limits = new() { MaxRowsPerStep = 96, MaxPositions = 256, MaxSequences = 4 };

    private static readonly Lazy<ReferenceWeights> Weights = new(() =>
    {
        using ModelWeights weights = TinyModels.InMemory(Config);
        return ReferenceWeights.From(weights);
    });

    /// <summary>A runner in double precision.</summary>
    public static ReferenceModelRunner ReferenceRunner(RunnerLimits? limits = null) =>
        new(Weights.Value, limits ?? Limits);

    /// <summary>A runner on the CPU.</summary>
    public static CpuModelRunner CpuRunner(RunnerLimits? limits = null)
    {
        using ModelWeights weights = TinyModels.InMemory(Config);
        return CpuModelRunner.Create(weights, new RunnerOptions { Threads = 1, Limits = limits ?? Limits });
    }

    /// <summary>The runner, or one around it that runs ahead.</summary>
    public static IModelRunner Device(IModelRunner runner, bool ahead) => ahead ? new AheadRunner(runner) : runner;

    /// <summary>An engine around a runner, which it owns.</summary>
    public static PlannedDiffusionEngine Around(IModelRunner runner, EngineOptions? options = null) =>
        new(runner, Tokenizer, options: options);

    /// <summary>Options for planned decoding with plans that the test writes.</summary>
    public static GenerationOptions Planned(params string[] plans) => new()
    {
        MaxLength = 250,
        Decoding = new PlannedOptions { StepsRatio = 0.5 },
        Experiment = new ExperimentOptions
        {
            ForcedPlans = [.. plans.Select(plan => ImmutableArray.Create(Tokenizer.EncodeTrusted(plan)))],
        },
    };

    /// <summary>A request that continues its prompt.</summary>
    public static GenerationRequest Request(string prompt, GenerationOptions options) =>
        new() { Prompt = prompt, Options = options };

    private static Tokenizer LoadTokenizer()
    {
        using TemporaryDirectory directory = TinyTokenizer.Write(TinyTokenizer.Describe());
        return Tokenizer.Load(directory.Path);
    }
}
