using FsCheck;
using FsCheck.Fluent;

namespace PlannedDiffusion.Tests.Weights;

/// <summary>Runs a property on the same inputs every time. A failure is printed with its input.</summary>
internal static class FixedSeed
{
    public static void Check<T>(Gen<T> inputs, int count, Action<T> property)
    {
        // The second number of a seed must be odd.
        Config config = Config.QuickThrowOnFailure
            .WithMaxTest(count)
            .WithQuietOnSuccess(true)
            .WithReplay(new Replay(new Rnd(20251021, 77), null));
        FsCheck.Check.One(config, Prop.ForAll(Arb.From(inputs), property));
    }
}
