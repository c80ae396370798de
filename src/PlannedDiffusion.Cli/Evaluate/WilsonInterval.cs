namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>Wilson's 95 % interval of a share. It also holds for few trials and for shares near 0 and 1.</summary>
internal readonly record struct WilsonInterval(double Low, double High)
{
    private const double Z = 1.959963984540054;

    /// <summary>The interval for right of total trials; [0, 1] without trials.</summary>
    public static WilsonInterval Of(int right, int total)
    {
        if (total == 0) return new WilsonInterval(0, 1);
        double share = (double)right / total, spread = Z * Z / total;
        double centre = (share + (spread / 2)) / (1 + spread);
        double half = Z * Math.Sqrt((share * (1 - share) / total) + (spread / total / 4)) / (1 + spread);
        return new WilsonInterval(Math.Max(0, centre - half), Math.Min(1, centre + half));
    }
}
