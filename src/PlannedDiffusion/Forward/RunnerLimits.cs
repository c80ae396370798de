using System.Runtime.CompilerServices;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Forward;

/// <summary>Bounds that a runner was built with; it reserves memory for all of them.</summary>
public sealed record RunnerLimits
{
    /// <summary>Most rows in one step; longer prompts are computed in several.</summary>
    public int MaxRowsPerStep { get; init; } = 512;

    /// <summary>Most sequences open at a time.</summary>
    public int MaxSequences { get; init; } = 16;

    /// <summary>
    /// Most positions of one sequence: prompt, plans and spans; <see cref="int.MaxValue"/> for those of the model.
    /// </summary>
    public int MaxPositions { get; init; } = 4096;

    /// <summary>Most groups whose masks left are counted in one sequence, that is, spans of one round.</summary>
    public int MaxGroupsPerSequence { get; init; } = 128;

    /// <summary>The limits for a model, in ranges in which no size that is computed from them overflows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is outside its range; the message names it.</exception>
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
