using System.Text.Json;
using PlannedDiffusion.Bench.Virtual;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Bench.Virtual;

public sealed class StepTablesTests
{
    /// <summary>A recorded graph has rows for the next bucket; beyond the measured rows each costs 15 us.</summary>
    [Theory]
    [InlineData(1, 3861)]
    [InlineData(9, 4150)]
    [InlineData(17, 4480)]
    [InlineData(100, 7300)]
    [InlineData(512, 13663)]
    [InlineData(513, 13663 + (15 * 128))]
    [InlineData(2000, 13663 + (15 * 1488))]
    public void RowsAreRoundedUpToThoseOfARecordedGraph(int rows, double microseconds) =>
        Assert.Equal(microseconds, StepTables.H200[rows].TotalMicroseconds, 0.1);

    [Theory]
    [InlineData(1, 86.5)]
    [InlineData(20, (411.8 + 1585.4) / 2)]
    [InlineData(192, 6280.9 + (6280.9 - 4239))]
    public void WithoutGraphsTimesLieOnLines(int rows, double microseconds) =>
        Assert.Equal(microseconds, StepTables.Cpu[rows].TotalMicroseconds, 0.1);

    [Theory]
    [InlineData("cpu", "step-demo")]
    [InlineData("cpu-0.5b", "step-random-0.5b")]
    public void TablesOfTheProcessorAreAsMeasured(string name, string file)
    {
        string path = Path.Combine(Repository.PathTo("bench"), "results", $"{file}.json");
        using var measured = JsonDocument.Parse(File.ReadAllText(path));
        foreach (JsonElement step in measured.RootElement.GetProperty("steps").EnumerateArray())
        {
            double milliseconds = step.GetProperty("medianMilliseconds").GetDouble();
            TimeSpan time = StepTables.Find(name)[step.GetProperty("rows").GetInt32()];
            Assert.Equal(milliseconds, time.TotalMilliseconds, 0.0001);
        }
    }
}
