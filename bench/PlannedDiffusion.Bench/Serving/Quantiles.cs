namespace PlannedDiffusion.Bench.Serving;

/// <summary>Makes quantiles of times.</summary>
internal static class Quantiles
{
    /// <summary>The quantiles; null of nothing.</summary>
    public static QuantileReport? Of(IEnumerable<TimeSpan> times)
    {
        TimeSpan[] sorted = [.. times.Order()];
        return sorted.Length == 0 ? null : new QuantileReport(At(0.5), At(0.95), At(0.99));

        double At(double share) =>
            Math.Round(sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)].TotalSeconds, 6);
    }
}
