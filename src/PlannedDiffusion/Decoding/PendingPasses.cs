namespace PlannedDiffusion.Decoding;

/// <summary>Passes that update keys and values and decide no token.</summary>
internal static class PendingPasses
{
    /// <summary>
    /// Computes pending rows before <paramref name="end"/> until the rest fits into a pass with
    /// <paramref name="beside"/> other rows.
    /// </summary>
    public static IEnumerable<ReadyPass> Prefill(Sequence sequence, PassBuilder pass, int end, int beside)
    {
        KeyValueRows rows = sequence.KeyValues;
        while (!sequence.Recompute && rows.Computed < end && end - rows.Computed + beside > pass.MaxRows)
        {
            pass.Begin();
            pass.AddPendingRows(Math.Min(end, rows.Computed + pass.MaxRows));
            yield return pass.Ready(DecodingStage.Prefill);
        }
    }

    /// <summary>Computes riding rows until the rest fits into a pass with one token.</summary>
    public static IEnumerable<ReadyPass> Riders(Sequence sequence, PassBuilder pass)
    {
        while (sequence.KeyValues.Riding + 1 > pass.MaxRows)
        {
            pass.Begin();
            yield return pass.Ready(DecodingStage.Sync);
        }
    }
}
