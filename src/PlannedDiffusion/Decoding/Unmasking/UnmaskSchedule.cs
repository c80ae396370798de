namespace PlannedDiffusion.Decoding.Unmasking;

/// <summary>
/// The number of masks that each step of a round reveals. Time falls linearly from 1 to ε, and a step reveals the share
/// by which it falls. All arithmetic is binary32, as published, because counts are truncated products.
/// </summary>
internal sealed class UnmaskSchedule
{
    private readonly float _epsilon;

    /// <summary>A schedule of at least one step.</summary>
    public UnmaskSchedule(int steps, float epsilon = 1e-3f)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        Steps = steps;
        _epsilon = epsilon;
    }

    /// <summary>
    /// No schedule: a step reveals one mask, or as many as the policy finds. For a quota each step is the last one.
    /// </summary>
    internal static UnmaskSchedule None { get; } = new(1) { IsNone = true };

    /// <summary>Number of steps.</summary>
    public int Steps { get; }

    /// <summary>The number of masks to reveal of those left.</summary>
    /// <param name="step">0 for the first. Steps after the last one reveal everything.</param>
    /// <param name="masks">Masks left.</param>
    /// <param name="least">The smallest count while there are masks.</param>
    public int Count(int step, int masks, int least) =>
        IsNone ? Math.Min(1, masks)
        : step >= Steps ? masks
        : Math.Clamp((int)(masks * Ratio(step)), Math.Min(least, masks), masks);

    private bool IsNone { get; init; }

    private float Ratio(int step) =>
        step == Steps - 1 ? 1 : 1 - (Time(step + 1, Steps, _epsilon) / Time(step, Steps, _epsilon));

    /// <summary>Point i of steps + 1 from 1 to ε; the second half is counted from the end.</summary>
    internal static float Time(int i, int steps, float epsilon)
    {
        float difference = (epsilon - 1) / steps;
        return i < (steps / 2) + (steps % 2) ? 1 + (difference * i) : epsilon - (difference * (steps - i));
    }
}
