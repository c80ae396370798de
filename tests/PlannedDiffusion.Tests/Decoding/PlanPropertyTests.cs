using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>Random tokens as plans, against a naive implementation of the rules.</summary>
public sealed class PlanPropertyTests
{
    private static readonly ControlTokens Tags = Golden.ControlTokens;
    private static readonly PlanParser Parser = new(Tags) { LengthScale = 10, DefaultLength = 50 };
    private static readonly Config Seeded = Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(7, 11);

    private static Arbitrary<int[]> Plans => Gen.Frequency(
        (4, Gen.Choose(30, 60)),
        (4, Gen.Elements(Tags.Digits.ToArray())),
        (3, Gen.Constant(Tags.PromiseStart)),
        (3, Gen.Constant(Tags.PromiseEnd)),
        (1, Gen.Elements(Tags.Sync, Tags.End, Tags.Mask, Tags.AsyncStart, Tags.AsyncEnd, Tags.Pad))).ArrayOf()
        .ToArbitrary();

    [Fact]
    public void AnyTokensAreParsedByTheRules() => Prop.ForAll(Plans, plan =>
    {
        var limits = new PlanLimits { Spans = 1000, SpanTokens = 1000, ScaffoldTokens = int.MaxValue };
        Plan actual = Parser.Parse(plan, 100, limits);
        Assert.Equal(
            Naive(plan),
            actual.Spans.Select(span => (span.Topic.Start - 100, span.Topic.End - 100, span.Number)));
        Assert.All(actual.Spans, span => Assert.Equal(span.Number * 10 ?? 50, span.Length));
    }).Check(Seeded);

    [Fact]
    public void LimitsAreKeptAndReported() => Prop.ForAll(Plans, Gen.Choose(0, 80).ToArbitrary(), (plan, n) =>
    {
        var limits = new PlanLimits { Spans = n % 5, SpanTokens = n, ScaffoldTokens = 3 * n };
        Plan free = Parser.Parse(plan, 0, new PlanLimits { ScaffoldTokens = 1 << 20, Spans = 1 << 20 });
        Plan cut = Parser.Parse(plan, 0, limits);
        Assert.True(cut.Spans.Length <= limits.Spans);
        Assert.All(cut.Spans, span => Assert.InRange(span.Length, 0, limits.SpanTokens));
        Assert.True(cut.Spans.Sum(span => span.Length + 2) <= limits.ScaffoldTokens);
        Assert.Equal(
            cut.Spans.SequenceEqual(free.Spans),
            (cut.Cuts & (FinishReason.MaxSpans | FinishReason.MaxSpanTokens | FinishReason.MaxScaffoldTokens)) == 0);
    }).Check(Seeded);

    [Fact]
    public void RangesEqualTheDefinitionsTable() => Prop.ForAll(
        Gen.Choose(0, 9).ArrayOf().ArrayOf().ToArbitrary(),
        ArbMap.Default.ArbFor<bool>(),
        (rounds, dense) =>
        {
            var ids = new List<int> { 30, 31 };
            foreach (int[] round in rounds)
            {
                foreach (int length in round)
                    ids.AddRange([Tags.AsyncStart, .. Enumerable.Repeat(Tags.Mask, length), Tags.AsyncEnd]);
                ids.AddRange([Tags.Sync, 40, 41]);
            }

            int[] sequence = [.. ids];
            Assert.Equal(
                VisibilityTables.FromDefinition(sequence, Tags, dense),
                VisibilityTables.FromRanges(sequence, Tags, dense));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithReplay(3, 5));

    /// <summary>The rules again, over a list, without optimizations.</summary>
    private static List<(int Start, int End, int? Number)> Naive(int[] plan)
    {
        var spans = new List<(int, int, int?)>();
        int from = Array.LastIndexOf(plan, Tags.Sync) + 1;
        int? open = null;
        for (int i = from; i < plan.Length; i++)
        {
            if (open is null && plan[i] == Tags.PromiseStart) open = i + 1;
            else if (open is { } start && plan[i] == Tags.PromiseEnd)
            {
                string content = string.Concat(plan[start..i].Select(id =>
                    Tags.DigitValue(id) is var digit and >= 0 ? (char)('0' + digit) : ' '));
                string number = string.Concat(content.SkipWhile(c => c == ' ').TakeWhile(c => c != ' ').Take(2));
                spans.Add((start, i, number.Length == 0 ? null : int.Parse(number)));
                open = null;
            }
        }

        return spans;
    }
}
