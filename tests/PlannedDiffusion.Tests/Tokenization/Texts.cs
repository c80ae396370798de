using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.TestKit;

namespace PlannedDiffusion.Tests.Tokenization;

/// <summary>Random texts for properties.</summary>
internal static class Texts
{
    public static Arbitrary<string> UpTo(int largestCharacter = 0x10FFFF) =>
        Gen.Choose(0, int.MaxValue).ArrayOf()
            .Select(numbers => TextGenerator.Text(numbers, largestCharacter)).ToArbitrary();

    public static void ForAll(int count, Arbitrary<string> texts, Action<string> check) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(count).WithReplay(1, 7), Prop.ForAll(texts, check));
}
