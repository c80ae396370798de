using System.Text.Json;
using PlannedDiffusion.Bench.Virtual;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Bench.Virtual;

public sealed class SimulateCommandTests
{
    [Fact]
    public async Task ReportsHaveOriginSourcesAndPredictions()
    {
        using var folder = new TemporaryDirectory();
        string predictions = folder.File("predictions.json");
        await File.WriteAllTextAsync(
            predictions,
            """{"source": "a guess", "rows": {"check | h200 | alpaca30 | alone": {"ratio": 1.5}}}""",
            TestContext.Current.CancellationToken);
        JsonElement report =
            (await BenchRun.Of("simulate", "check", "--times", "h200,cpu", "--predictions", predictions, "--json"))
            .Json();
        Assert.Equal("a guess", report.GetProperty("predictions").GetString());
        Assert.Contains("h200/steps.json", report.GetProperty("stepTimes").GetProperty("h200").GetString()!,
            StringComparison.Ordinal);
        JsonElement[] rows = [.. report.GetProperty("rows").EnumerateArray()];
        Assert.Equal(2, rows.Length);
        Assert.Equal(1.182, rows[0].GetProperty("numbers").GetProperty("ratio").GetDouble(), 0.002);
        Assert.Equal(1.5, rows[0].GetProperty("predicted").GetProperty("ratio").GetDouble());
        Assert.Equal(JsonValueKind.Null, rows[1].GetProperty("predicted").ValueKind);
    }

    [Theory]
    [InlineData("nothing", "--seeds=1", "sections 'nothing'")]
    [InlineData("check", "--times=h300", "--times 'h300'")]
    [InlineData("check", "--requests=0", "--requests")]
    public async Task BadOptionsAreRefused(string section, string option, string message) =>
        (await BenchRun.Of("simulate", section, option)).AssertFails(Application.Usage, message);

    /// <summary>The file of AutoOptions has the crossings of devices that were measured, rounded down.</summary>
    [Fact]
    public void OnlyCrossingsOfMeasuredDevicesAreWritten()
    {
        SimulationRow row = new(LoadSections.Crossings, "h200", "0.5", "from answers/s")
        {
            Numbers = new Dictionary<string, double> { ["whole"] = 1.92 },
        };
        Assert.Equal("NVIDIA H200\t3584\t28\tpublished\t0.5\t19\n", LimitsFile.Line(row));
        Assert.Null(LimitsFile.Line(row with { Times = "h200-goal" }));
        Assert.Null(LimitsFile.Line(row with { Section = LoadSections.Arrivals }));
        Assert.Null(LimitsFile.Line(row with { Numbers = new Dictionary<string, double>() }));
    }
}
