namespace PlannedDiffusion.Models;

/// <summary>Bounds that a runner was built with.</summary>
public sealed record RunnerLimits
{
    /// <summary>Most rows in one step; longer prompts are computed in several.</summary>
    public int MaxRowsPerStep { get; init; } = 512;

    /// <summary>Most sequences open at a time.</summary>
    public int MaxSequences { get; init; } = 16;

    /// <summary>Most positions of one sequence: prompt, plans and spans.</summary>
    public int MaxPositions { get; init; } = 4096;

    /// <summary>Most groups with a carry counter in one sequence, that is, spans of one round.</summary>
    public int MaxGroupsPerSequence { get; init; } = 128;
}
