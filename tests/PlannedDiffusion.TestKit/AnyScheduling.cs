using PlannedDiffusion.Engine;

namespace PlannedDiffusion.TestKit;

/// <summary>Any rules for steps.</summary>
public static class AnyScheduling
{
    /// <summary>Rules that hold for small steps, too.</summary>
    public static SchedulingOptions Of(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        int least = random.Next(1, 20);
        return new SchedulingOptions
        {
            WritersFirst = random.Next(4) > 0,
            SpansAreUnits = random.Next(4) > 0,
            OldestFirst = random.Next(3) > 0,
            StretchPerStep = random.Next(3) is var stretch and > 0 ? 1 + stretch : double.PositiveInfinity,
            MaxRows = random.Next(1, 100),
            PatienceRows = random.Next(100),
            Patience = TimeSpan.FromSeconds(random.Next(3)),
            KeepsPlaces = random.Next(3) > 0,
            MaxBypass = random.Next(3) is var bypass and > 0
                ? TimeSpan.FromSeconds(bypass - 1)
                : Timeout.InfiniteTimeSpan,
            MinPrefillRows = least,
            MaxPrefillRows = least + random.Next(40),
            SharesEvenly = random.Next(2) > 0,
        };
    }
}
