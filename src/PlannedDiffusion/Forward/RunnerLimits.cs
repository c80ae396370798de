using System.Runtime.CompilerServices;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Forward;

/// <summary>The limits of a runner, which reserves memory for all of them.</summary>
public sealed record RunnerLimits
{
    /// <summary>The most rows in one step. Longer prompts take several steps.</summary>
    public int MaxRowsPerStep { get; init; } = 512;

    /// <summary>The most sequences that are open at a time.</summary>
    public int MaxSequences { get; init; } = 16;

    /// <summary>
    /// The most positions of one sequence: prompt, plans and spans. <see cref="int.MaxValue"/> takes the model's limit.
    /// </summary>
    public int MaxPositions { get; init; } = 4096;

    /// <summary>The most groups of one sequence whose masks left are counted, that is, spans of one round.</summary>
    public int MaxGroupsPerSequence { get; init; } = 128;

    /// <summary>The limits for a model, within ranges in which no computed size overflows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A limit is outside its range. The message names it.</exception>
    internal RunnerLimits For(ModelConfig config)
    {
        RunnerLimits limits = MaxPositions == int.MaxValue ? this with { MaxPositions = config.MaxPositions } : this;
        Require(limits.MaxRowsPerStep, 1, 1 << 20);
        Require(limits.MaxSequences, 1, 1 << 16);
        Require(limits.MaxPositions, 1, 1 << 27);
        Require(limits.MaxGroupsPerSequence, 0, 1 << 14);
        return limits;
    }

    private static void Require(
        int value, int least, int most, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value >= least && value <= most) return;
        name = name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..];
        throw new ArgumentOutOfRangeException(name, $"{name} is {value}; it must be {least:N0} to {most:N0}.");
    }
}
