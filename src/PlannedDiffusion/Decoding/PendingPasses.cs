namespace PlannedDiffusion.Decoding;

/// <summary>Passes that bring keys and values up to date and decide nothing.</summary>
internal static class PendingPasses
{
    /// <summary>
    /// Computes pending rows before <paramref name="end"/> until the rest fits beside so many other rows.
    /// </summary>
    public static IEnumerable<DecodingStage> Prefill(Sequence sequence, int end, int beside)
    {
        while (!sequence.Recompute && sequence.Computed < end && end - sequence.Computed + beside > sequence.MaxRows)
        {
            sequence.BeginPass();
            sequence.AddPendingRows(Math.Min(end, sequence.Computed + sequence.MaxRows));
            yield return sequence.Ready(DecodingStage.Prefill);
        }
    }

    /// <summary>Computes riding rows until the rest fits beside one token.</summary>
    public static IEnumerable<DecodingStage> Riders(Sequence sequence)
    {
        while (sequence.RidingRows + 1 > sequence.MaxRows)
        {
            sequence.BeginPass();
            yield return sequence.Ready(DecodingStage.Sync);
        }
    }
}
