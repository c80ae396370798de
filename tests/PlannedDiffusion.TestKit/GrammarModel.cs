using PlannedDiffusion.Cpu;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.TestKit;

/// <summary>A model with random weights and few tokens, most of them those of plans.</summary>
public static class GrammarModel
{
    /// <summary>Its tokens. Two ids stand for all digits.</summary>
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

    /// <summary>A prompt of other tokens, with repetitions.</summary>
    public static ReadOnlySpan<int> Prompt => [0, 1, 2, 3, 4, 0, 1, 2, 2, 3, 1, 2];

    /// <summary>Limits for requests to it.</summary>
    /// <param name="rows">Most rows of a step.</param>
    public static RunnerLimits Limits(int rows) =>
        new() { MaxRowsPerStep = rows, MaxPositions = 256, MaxSequences = 8 };

    /// <summary>The model.</summary>
    /// <param name="broken">A token whose embedding is NaN; null for none.</param>
    public static ModelWeights Weights(int? broken = null)
    {
        ModelWeights weights =
            TinyModels.InMemory(TinyModels.Config(hidden: 32, mlp: 48, headSize: 8, vocabulary: 15));
        return broken is { } token ? TinyModels.WithEmbedding(weights, token, float.NaN) : weights;
    }

    /// <summary>A runner on the CPU.</summary>
    /// <param name="rows">Most rows of a step.</param>
    /// <param name="broken">A token whose embedding is NaN; null for none.</param>
    public static CpuModelRunner Runner(int rows, int? broken = null)
    {
        using ModelWeights weights = Weights(broken);
        return CpuModelRunner.Create(weights, new RunnerOptions { Threads = 1, Limits = Limits(rows) });
    }
}
