using PlannedDiffusion.Cpu;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>A model with random weights and few tokens, most of them those of plans.</summary>
internal static class GrammarModel
{
    /// <summary>Its tokens; two digits stand for all.</summary>
    public static readonly ControlTokens Tags = new()
    {
        End = 7,
        AsyncStart = 8,
        AsyncEnd = 9,
        PromiseStart = 10,
        PromiseEnd = 11,
        Sync = 12,
        Pad = 13,
        Mask = 14,
        Blank = 4,
        Digits = [5, 6, 5, 6, 5, 6, 5, 6, 5, 6],
    };

    /// <summary>A prompt of other tokens, some of them in the same order.</summary>
    public static readonly int[] Prompt = [0, 1, 2, 3, 4, 0, 1, 2, 2, 3, 1, 2];

    /// <summary>A runner on the CPU.</summary>
    public static CpuModelRunner Runner(int rows = 96, int? brokenToken = null)
    {
        ModelConfig config = TinyModels.Config(hidden: 32, mlp: 48, headSize: 8, vocabulary: 15);
        using ModelWeights weights = brokenToken is { } token
            ? TinyModels.WithEmbedding(TinyModels.InMemory(config), token, float.NaN)
            : TinyModels.InMemory(config);
        var limits = new RunnerLimits { MaxRowsPerStep = rows, MaxPositions = 256, MaxSequences = 8 };
        return CpuModelRunner.Create(weights, new CpuRunnerOptions { Threads = 1, Limits = limits });
    }
}
