using System.Text.Json;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>Plans and their scaffolds against recorded ones.</summary>
[Trait("Category", "Golden")]
public sealed class GoldenPlanTests(ITestOutputHelper output)
{
    private static readonly PlanLimits NoLimits =
        new() { Spans = int.MaxValue, SpanTokens = int.MaxValue, ScaffoldTokens = int.MaxValue };

    [Fact]
    public void RecordedPlansAreParsedAsRecorded()
    {
        int ran = 0, refused = 0;
        foreach (JsonElement golden in Cases())
        {
            int[] ids = golden.GetProperty("ids").Integers();
            var parser = new PlanParser(Golden.ControlTokens)
            {
                DefaultLength = 50,
                LengthScale = golden.Optional("length_scale")?.GetDouble() ?? 10,
                Strict = true,
            };
            ran++;
            if (IntendedDifferences.PlanIsRefused(golden))
            {
                refused++;
                Assert.Throws<PlanFormatException>(() => parser.Parse(ids, 0, NoLimits));
                CheckLenient(golden, parser with { Strict = false }, ids);
                continue;
            }

            Plan plan = parser.Parse(ids, 0, NoLimits);
            Assert.Equal(golden.GetProperty("sizes").Integers(), plan.Spans.Select(span => span.Length));
            var scaffold = new Scaffold(plan, ids.Length, dense: false);
            Assert.Equal(
                golden.GetProperty("spans").EnumerateArray().Select(span => span.Integers()[..2]),
                Enumerable.Range(0, scaffold.Count).Select(scaffold.Span).Select(s => new[] { s.Start, s.End }));
            Assert.Equal(golden.GetProperty("appended").Integers(), scaffold.Tokens(Golden.ControlTokens));
        }

        output.WriteLine($"{ran} plans, of which {refused} are refused in strict mode");
        Assert.True(ran > 0);
    }

    private static void CheckLenient(JsonElement golden, PlanParser parser, int[] ids)
    {
        Plan plan = parser.Parse(ids, 0, NoLimits);
        if (golden.GetProperty("error").GetString() == "AssertionError") Assert.Empty(plan.Spans);
        else Assert.Contains(plan.Spans, span => span.Number is null && span.Length == parser.DefaultLength);
    }

    /// <summary>The rows of the two ranges equal the recorded mask rows of planned diffusion.</summary>
    [Fact]
    public void RangesEqualTheRecordedMaskRows()
    {
        int ran = 0;
        foreach (string name in Golden.Names("forward").Where(name => name.Contains("_pd_", StringComparison.Ordinal)))
        {
            JsonElement golden = Golden.Read("forward", name);
            int[] ids = golden.GetProperty("ids").Integers();
            JsonElement[] rows = [.. golden.GetProperty("mask_rows").EnumerateArray()];
            bool dense = name.Contains("dense", StringComparison.Ordinal);
            bool[,] expected = new bool[ids.Length, ids.Length];
            for (int row = 0; row < rows.Length; row++)
            {
                foreach (int[] range in rows[row].EnumerateArray().Select(range => range.Integers()))
                {
                    for (int column = range[0]; column < range[1]; column++) expected[row, column] = true;
                }
            }

            Assert.Equal(expected, VisibilityTables.FromRanges(ids, Golden.ControlTokens, dense));
            ran++;
        }

        output.WriteLine($"{ran} mask tables");
        Assert.True(ran > 0);
    }

    private static IEnumerable<JsonElement> Cases() =>
        Golden.Names("plan_parse").SelectMany(name =>
            Golden.Read("plan_parse", name).GetProperty("cases").EnumerateArray());
}
