using System.Text.Json;
using System.Xml.Linq;
using PlannedDiffusion.Bench.Serving;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tests.Cli;
using Xunit;

namespace PlannedDiffusion.Tests.Bench.Serving;

public sealed class ServeTests(CliModel model) : IClassFixture<CliModel>
{
    [Fact]
    public async Task CellsTellGoodputAndLatencyOfEveryWay()
    {
        using var folder = new TemporaryDirectory();
        string questions = folder.File("questions.jsonl");
        string figure = folder.File("figure.svg"), table = folder.File("table.md");
        await File.WriteAllTextAsync(
            questions, "{\"question\": \"one\"}\n\n{\"question\": \"two\"}\n", TestContext.Current.CancellationToken);
        JsonElement report = (await BenchRun.Of(
            "serve", "-m", model.Path, "--device", "cpu", "--clients", "2,1", "--answers", "3", "--questions",
            questions, "--figure", figure, "--table", table, "--json")).Json();
        JsonElement[] cells = [.. report.GetProperty("cells").EnumerateArray()];
        Assert.Equal([(1, 8), (1, 8), (1, 8), (2, 16), (2, 16), (2, 16)], cells.Select(cell =>
            (cell.GetProperty("clients").GetInt32(), cell.GetProperty("answers").GetInt32())));
        Assert.Equal(2, report.GetProperty("questions").GetInt32());
        Assert.All(cells, cell => Assert.InRange(
            cell.GetProperty("first").GetProperty("p50").GetDouble(), 0,
            cell.GetProperty("whole").GetProperty("p99").GetDouble()));
        string[] lines = await File.ReadAllLinesAsync(table, TestContext.Current.CancellationToken);
        Assert.Equal(2 + 6 + 1 + 2, lines.Length);
        Assert.Equal("svg", XDocument.Load(figure).Root!.Name.LocalName);
    }

    [Theory]
    [InlineData(new double[] { 9, 9, 9 }, 0)]
    [InlineData(new double[] { 11, 19, 50 }, 2)]
    [InlineData(new double[] { 11, 21, 50 }, null)]
    public void PlanningPaysUntilItGivesFewerAnswers(double[] planned, int? expected)
    {
        double[] single = [10, 20, 40];
        List<ServeCellReport> cells = [];
        for (int i = 0; i < 3; i++)
        {
            cells.Add(Cell(ServeRun.Single, 1 << i, single[i]));
            cells.Add(Cell("planned", 1 << i, planned[i]));
        }

        Assert.Equal(expected, ServeRun.PaysBelow(cells, "planned"));

        static ServeCellReport Cell(string way, int clients, double rate)
        {
            var none = new QuantileReport(0, 0, 0);
            return new ServeCellReport(way, clients, 1, rate, rate, 0, null, none, none);
        }
    }

    [Theory]
    [InlineData("--clients", "1,x", "--clients 'x'")]
    [InlineData("--overload", "0", "--overload")]
    public async Task BadOptionsAreRefused(string option, string value, string message) =>
        (await BenchRun.Of("serve", "-m", model.Path, option, value)).AssertFails(Application.Usage, message);

    [Fact]
    public void QuantilesAreTimesThatWereMeasured()
    {
        TimeSpan[] times = [.. Enumerable.Range(1, 200).Reverse().Select(i => TimeSpan.FromSeconds(i))];
        Assert.Equal(new QuantileReport(100, 190, 198), Quantiles.Of(times));
        Assert.Equal(new QuantileReport(7, 7, 7), Quantiles.Of([TimeSpan.FromSeconds(7)]));
        Assert.Null(Quantiles.Of([]));
    }
}
