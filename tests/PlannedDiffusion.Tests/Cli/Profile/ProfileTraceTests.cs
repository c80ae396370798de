using System.Text.Json;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Profile;

/// <summary>The trace is readable for Perfetto and Chrome, and agrees with the report.</summary>
public sealed class ProfileTraceTests(CliModel model) : IClassFixture<CliModel>
{
    private const string Topic = "a </script> \"b\"";

    [Fact]
    public async Task SlicesLieOnNamedTracksWithoutOverlap()
    {
        (JsonElement trace, JsonElement report) = await Run();
        JsonElement[] events = [.. trace.GetProperty("traceEvents").EnumerateArray()];
        Assert.Equal("ms", trace.GetProperty("displayTimeUnit").GetString());
        Assert.Equal("host", Text(trace.GetProperty("otherData"), "clock"));
        Assert.All(events, one => Assert.Contains(Text(one, "ph"), (string[])["X", "M"]));
        JsonElement[] slices = [.. events.Where(one => Text(one, "ph") == "X")];
        var names = events.Where(one => Text(one, "name") == "thread_name")
            .ToDictionary(Track, one => Text(one.GetProperty("args"), "name"));
        foreach (IGrouping<(int, int), JsonElement> track in slices.GroupBy(Track))
        {
            Assert.True(names.ContainsKey(track.Key));
            double end = 0;
            foreach (JsonElement slice in track)
            {
                double start = slice.GetProperty("ts").GetDouble(), length = slice.GetProperty("dur").GetDouble();
                Assert.InRange(start, end - 0.11, double.MaxValue); // both are rounded
                Assert.InRange(length, 0, double.MaxValue);
                Assert.NotEqual("", Text(slice, "name"));
                end = start + length;
            }
        }

        Assert.Equal(
            [
                "ar: stages", "ar: passes (host)", "planned: stages", "planned: passes (host)", "planned: span 1",
                "planned: span 2",
            ],
            names.Where(one => one.Key.Process == 1).Select(one => one.Value));
        JsonElement process = events.Single(one => Text(one, "name") == "process_name");
        string request = Text(report.GetProperty("requests")[0], "name");
        Assert.Equal($"1: {request}", Text(process.GetProperty("args"), "name"));
    }

    [Fact]
    public async Task SlicesAreThePassesAndSpansOfTheReport()
    {
        (JsonElement trace, JsonElement report) = await Run();
        JsonElement[] slices =
            [.. trace.GetProperty("traceEvents").EnumerateArray().Where(one => Text(one, "ph") == "X")];
        JsonElement planned = report.GetProperty("requests")[0].GetProperty("runs")[1];
        JsonElement passes = planned.GetProperty("passes");
        JsonElement[] drawn = [.. slices.Where(one => Text(one, "cat") == "pass" && Track(one).Thread == 4)];
        Assert.Equal(
            passes.GetProperty("stage").EnumerateArray().Select(stage => stage.GetString()!),
            drawn.Select(one => Text(one, "name")));
        foreach ((int i, JsonElement slice) in drawn.Index())
        {
            double start = passes.GetProperty("start")[i].GetDouble();
            double took = passes.GetProperty("seconds")[i].GetDouble();
            Assert.Equal(1e6 * start, slice.GetProperty("ts").GetDouble(), 0.06);
            Assert.Equal(1e6 * took, slice.GetProperty("dur").GetDouble(), 0.11);
            Assert.Equal(
                passes.GetProperty("rows")[i].GetInt32(), slice.GetProperty("args").GetProperty("rows").GetInt32());
        }

        JsonElement[] spans = [.. slices.Where(one => Text(one, "cat") == "span")];
        Assert.Equal([(Topic, 7), ("c", 4)], spans.Select(
            one => (Text(one, "name"), one.GetProperty("args").GetProperty("tokens").GetInt32())));
        foreach (JsonElement span in spans)
        {
            int step = span.GetProperty("args").GetProperty("passes").GetInt32();
            Assert.Equal(drawn[0].GetProperty("ts").GetDouble(), span.GetProperty("ts").GetDouble(), 0.11);
            JsonElement last = drawn[step - 1];
            double end = last.GetProperty("ts").GetDouble() + last.GetProperty("dur").GetDouble();
            Assert.Equal(end, span.GetProperty("ts").GetDouble() + span.GetProperty("dur").GetDouble(), 0.3);
        }
    }

    /// <summary>The plan is given, so that there are only denoise passes.</summary>
    private async Task<(JsonElement Trace, JsonElement Report)> Run()
    {
        using var folder = new TemporaryDirectory();
        string file = folder.File("trace.json");
        JsonElement report = (await CliRun.Of(
            "profile", "Say <b>it</b>", "--plan", $"{Topic}:7,c:4", "-m", model.Path, "--repetitions", "1",
            "--device", "cpu", "--threads", "1", "--json", "--trace", file)).Json();
        string text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        return (JsonDocument.Parse(text).RootElement, report);
    }

    private static (int Process, int Thread) Track(JsonElement one) =>
        (one.GetProperty("pid").GetInt32(), one.GetProperty("tid").GetInt32());

    private static string Text(JsonElement one, string name) => one.GetProperty(name).GetString()!;
}
