using PlannedDiffusion.Models;

namespace PlannedDiffusion.Forward;

/// <summary>
/// The rules that a step must keep on any runner. The message of a violation is one line with the numbers.
/// </summary>
internal static class StepRules
{
    public static void Check(in RowGroup group, int capacity)
    {
        (int prefixEnd, TokenRange block, bool causal) = group.Visibility;
        if (group.Positions.Start < 0 || group.Positions.End > capacity)
            throw Refused(group, $"they lie outside of its {capacity} positions");
        if (prefixEnd < 0 || prefixEnd > capacity)
            throw Refused(group, $"the prefix ends at {prefixEnd} of {capacity}");
        if (block.End < block.Start || (!block.IsEmpty && block.Start < prefixEnd) || block.End > capacity)
        {
            throw Refused(
                group, $"block [{block.Start}, {block.End}) must lie behind prefix {prefixEnd} and within {capacity}");
        }

        // The first row sees the least.
        int blockEnd = causal ? Math.Min(group.Positions.Start + 1, block.End) : block.End;
        if (prefixEnd == 0 && blockEnd <= block.Start) throw Refused(group, "the first one sees no key");
    }

    public static void Check(in UnmaskGroup group, int capacity, ModelConfig config, RunnerLimits limits)
    {
        TokenRange positions = group.Positions;
        if (positions.Start < 0 || positions.End > capacity || positions.End < positions.Start)
            throw Refused(group, $"they lie outside of its {capacity} positions");
        if (group.Rule != UnmaskRule.All && config.MaskTokenId is null)
            throw Refused(group, "the model has no mask token");
        if (Counts(group.Rule) && (uint)group.GroupIndex >= (uint)limits.MaxGroupsPerSequence)
            throw Refused(group, $"group index {group.GroupIndex} of {limits.MaxGroupsPerSequence}");
        if (!float.IsFinite(group.Sampling.Temperature) || group.Sampling.Temperature < 0)
            throw Refused(group, $"temperature {group.Sampling.Temperature}");
        if (!(group.Sampling.TopP >= 0)) throw Refused(group, $"top p {group.Sampling.TopP}");
    }

    /// <summary>
    /// True for the rules whose groups have counters, because the host cannot know how many positions a step reveals.
    /// </summary>
    public static bool Counts(UnmaskRule rule) =>
        rule is UnmaskRule.Threshold or UnmaskRule.Certain or UnmaskRule.Factor;

    /// <exception cref="ArgumentOutOfRangeException">There are fewer groups.</exception>
    public static void CheckGroups(int count, RunnerLimits limits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, limits.MaxGroupsPerSequence);
    }

    public static ArgumentException TooManyRows(int rows, int limit) =>
        new($"{rows} rows, at most {limit} in a step.");

    public static ArgumentException ComputedTwice(int position, int sequence) =>
        new($"Position {position} of sequence {sequence} is computed twice in one step.");

    public static ArgumentException MissingRow(int target, int sequence, int row) =>
        new($"Position {target} of sequence {sequence} needs logits of row {row}, which is not in the step.");

    private static ArgumentException Refused(in RowGroup group, string reason) =>
        Refused("Rows", group.Positions, group.Sequence, reason);

    private static ArgumentException Refused(in UnmaskGroup group, string reason) =>
        Refused("Targets", group.Positions, group.Sequence, reason);

    private static ArgumentException Refused(string what, TokenRange positions, int sequence, string reason) =>
        new($"{what} [{positions.Start}, {positions.End}) of sequence {sequence} are refused: {reason}.");
}
