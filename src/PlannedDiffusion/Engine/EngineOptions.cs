using PlannedDiffusion.Models;

namespace PlannedDiffusion.Engine;

/// <summary>How an engine is built.</summary>
public sealed record EngineOptions
{
    /// <summary>
    /// Makes the runner from the weights, for hosts that bring another device; null for the CPU. The weights are
    /// unmapped when it returns.
    /// </summary>
    public Func<ModelWeights, IModelRunner>? RunnerFactory { get; init; }

    /// <summary>Threads of the CPU runner; 0 for as many as there are physical cores.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// What the CPU runner reserves memory for; null for up to 4 requests at a time of up to 2048 positions each.
    /// </summary>
    public RunnerLimits? Limits { get; init; }

    /// <summary>The limits for a model.</summary>
    internal RunnerLimits LimitsFor(ModelConfig config) =>
        Limits ?? new RunnerLimits { MaxSequences = 4, MaxPositions = Math.Min(2048, config.MaxPositions) };
}

/// <summary>What loading is busy with.</summary>
/// <param name="Stage">A few words: <c>tokenizer</c>, <c>weights</c>, <c>runner</c>, <c>ready</c>.</param>
/// <param name="Fraction">Share of the stages that is done, 0 to 1.</param>
public readonly record struct LoadProgress(string Stage, double Fraction);
