using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Cpu.Ops;

/// <summary>
/// Selects the masked positions of a group that take their candidates. Confidences are in ascending order of position,
/// and the result has their indices. Equal confidences are ranked by position; NaN ranks last.
/// </summary>
internal static class Unmask
{
    /// <summary>
    /// Applies the group's rule and returns the number of revealed positions. Their indices come first in
    /// <paramref name="ranking"/>, the most confident first (All: in order of position).
    /// </summary>
    /// <param name="group">The rule and its numbers.</param>
    /// <param name="confidences">[masked positions]</param>
    /// <param name="carry">
    /// Threshold: number of candidates rejected in the last step; replaced by that of this step.
    /// </param>
    /// <param name="ranking">[masked positions] or longer</param>
    /// <param name="scratch">[masked positions] or longer</param>
    public static int Select(
        in UnmaskGroup group, ReadOnlySpan<float> confidences, ref int carry, Span<int> ranking, Span<ulong> scratch)
    {
        if (group.Rule == UnmaskRule.All)
        {
            for (int i = 0; i < confidences.Length; i++) ranking[i] = i;
            return confidences.Length;
        }

        if (group.ResetCarry) carry = 0;
        if (confidences.IsEmpty) return 0;
        Rank(confidences, ranking, scratch);
        return group.Rule switch
        {
            UnmaskRule.Scheduled => Math.Clamp(group.Count, 0, confidences.Length),
            UnmaskRule.Certain => CountCertain(group, confidences, ranking),
            UnmaskRule.Factor => CountWithinFactor(group, confidences, ranking),
            _ => CountAboveThreshold(confidences, ranking, group.StepsLeft, group.Threshold, ref carry),
        };
    }

    private static void Rank(ReadOnlySpan<float> confidences, Span<int> ranking, Span<ulong> scratch)
    {
        Span<ulong> keys = scratch[..confidences.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            float confidence = confidences[i];
            keys[i] = RankKey.Of(float.IsNaN(confidence) ? float.NegativeInfinity : confidence + 0f, i);
        }

        keys.Sort();
        for (int i = 0; i < keys.Length; i++) ranking[i] = RankKey.IndexOf(keys[i]);
    }

    private static int CountCertain(in UnmaskGroup group, ReadOnlySpan<float> confidences, ReadOnlySpan<int> ranking)
    {
        int revealed = Math.Clamp(group.Count, 0, confidences.Length);
        while (revealed < confidences.Length && confidences[ranking[revealed]] >= group.Threshold) revealed++;
        return revealed;
    }

    private static int CountWithinFactor(
        in UnmaskGroup group, ReadOnlySpan<float> confidences, ReadOnlySpan<int> ranking)
    {
        int sure = 0;
        while (sure < confidences.Length && (sure + 2) * (1 - confidences[ranking[sure]]) < group.Threshold) sure++;
        return Math.Max(sure, Math.Clamp(group.Count, 0, confidences.Length));
    }

    private static int CountAboveThreshold(
        ReadOnlySpan<float> confidences, ReadOnlySpan<int> ranking, int stepsLeft, float threshold, ref int carry)
    {
        int masked = confidences.Length;
        int quota = stepsLeft > 0 ? Math.Max(1, masked / stepsLeft) : 1;
        // Rejected candidates count twice, in the masks left and in the carry. Without the clamp there can be more
        // candidates than masks.
        int candidates = Math.Min(quota + carry, masked);
        int revealed = 1;
        while (revealed < candidates && confidences[ranking[revealed]] >= threshold) revealed++;
        carry = candidates - revealed;
        return revealed;
    }
}
