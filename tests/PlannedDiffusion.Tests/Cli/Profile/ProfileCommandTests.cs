using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Profile;

public sealed class ProfileCommandTests(CliModel model) : IClassFixture<CliModel>
{
    private const string Workload =
        """
        {"id":7,"prompt_tokens":9,"plan_tokens":14,"rounds":[[20,10],[30]]}
        {"id":8,"prompt_tokens":5,"plan_tokens":9,"rounds":[[10,10]],"runaway":true}
        """;

    // Plans are forced and ends ignored, so the work does not depend on the weights: only times differ between runs.
    private static readonly string[] Times =
    [
        "seconds", "hostSeconds", "idleSeconds", "autoregressiveSeconds", "autoregressiveStepSeconds", "stepCost",
        "achievedSpeedup", "idealSeconds", "gapSeconds", "heavierSteps", "planning", "prefill", "host", "idle",
        "start",
    ];

    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [Fact]
    public async Task TheReportOfARecordedWorkloadEqualsTheGoldenOne()
    {
        JsonElement report = await Recorded(
            "--decoders", "dense,planned,diffusion,fast-dllm", "--steps-ratio", "0.5", "--repetitions", "1");
        var masked = JsonNode.Parse(report.GetRawText())!.AsObject();
        foreach (string machine in (string[])["origin", "device", "model", "before", "after"]) masked.Remove(machine);
        Mask(masked);
        string actual = masked.ToJsonString(Readable).ReplaceLineEndings("\n") + "\n";
        string golden = await File.ReadAllTextAsync(
            Repository.PathTo("tests", "PlannedDiffusion.Tests", "Cli", "Profile", "profile.golden.json"),
            TestContext.Current.CancellationToken);
        if (golden != actual)
        {
            string path = Path.Combine(AppContext.BaseDirectory, "profile.actual.json"); // for comparison
            await File.WriteAllTextAsync(path, actual, TestContext.Current.CancellationToken);
        }

        Assert.Equal(golden, actual);
    }

    [Fact]
    public async Task TheCausesAddUpAndSoDoTheRequests()
    {
        JsonElement report = await Recorded("--decoders", "planned,diffusion", "--repetitions", "2");
        JsonElement[] requests = [.. report.GetProperty("requests").EnumerateArray()];
        JsonElement[] total = [.. report.GetProperty("total").EnumerateArray()];
        Assert.Equal(["ar", "planned", "diffusion"], total.Select(one => one.GetProperty("decoder").GetString()!));
        foreach (JsonElement run in requests.SelectMany(one => one.GetProperty("runs").EnumerateArray()).Concat(total))
            AssertAddsUp(run);
        for (int i = 0; i < total.Length; i++)
        {
            foreach (string sum in (string[])["tokens", "passes", "rows", "seconds", "hostSeconds", "idleSeconds"])
            {
                double parts = requests.Sum(one => Number(one.GetProperty("runs")[i], "path", sum));
                Assert.Equal(parts, Number(total[i], "path", sum), 1e-9 * (1 + parts));
            }
        }
    }

    [Fact]
    public async Task AnAnswerIsComparedWithOneOfAsManyTokens()
    {
        JsonElement report = (await Profile(
            "Go", "--plan", "a:12,b:5", "--decoders", "sparse,dense", "--repetitions", "1", "--json")).Json();
        JsonElement runs = report.GetProperty("requests")[0].GetProperty("runs");
        Assert.Equal(
            [("ar", 18, 18), ("sparse", 12, 18), ("dense", 12, 18)],
            runs.EnumerateArray().Select(run => (
                run.GetProperty("decoder").GetString()!,
                (int)Number(run, "path", "passes"),
                (int)Number(run, "account", "autoregressivePasses"))));
        JsonElement spans = runs[1].GetProperty("rounds")[0].GetProperty("spans");
        Assert.Equal(["a", "b"], spans.EnumerateArray().Select(span => span.GetProperty("topic").GetString()!));
        Assert.Equal(12, Number(spans[0], "completedAtStep"));
    }

    /// <summary>A drafted answer is compared with one without drafts, which has a pass for each token.</summary>
    [Theory]
    [InlineData("planned,ar", "grammar", "planned")]
    [InlineData("ar", "lookup", "ar-lookup")]
    public async Task DraftsAreCountedByPassAndByStage(string decoders, string drafts, string name)
    {
        using var folder = new TemporaryDirectory();
        string file = folder.File("trace.json");
        JsonElement report = (await Demo(decoders, drafts, "--json", "--trace", file)).Json();
        JsonElement runs = report.GetProperty("requests")[0].GetProperty("runs");
        Assert.Equal(["ar", name], runs.EnumerateArray().Select(run => run.GetProperty("decoder").GetString()!));
        Assert.Equal(["none", drafts], report.GetProperty("total").EnumerateArray()
            .Select(run => run.GetProperty("drafts").GetString()!));
        Assert.Equal((0, 0), Drafts(runs[0].GetProperty("path")));
        (int drafted, int kept) = Drafts(runs[1].GetProperty("path"));
        Assert.InRange(drafted, 1, int.MaxValue);
        Assert.InRange(kept, 1, drafted);
        AssertAddsUp(runs[1]);

        JsonElement columns = runs[1].GetProperty("passes");
        Assert.Equal((drafted, kept), (Sum(columns, "drafted"), Sum(columns, "kept")));
        JsonElement[] stages = [.. runs[1].GetProperty("path").GetProperty("stages").EnumerateObject()
            .Select(stage => stage.Value)];
        Assert.Equal((drafted, kept), (stages.Sum(one => Drafts(one).Item1), stages.Sum(one => Drafts(one).Item2)));
        string trace = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        ILookup<string, JsonElement> slices = JsonDocument.Parse(trace).RootElement.GetProperty("traceEvents")
            .EnumerateArray().Where(one => one.TryGetProperty("cat", out _) && one.GetProperty("args")
                .TryGetProperty("drafted", out _))
            .ToLookup(one => one.GetProperty("cat").GetString()!, one => one.GetProperty("args"));
        Assert.Equal(["pass", "stage"], slices.Select(category => category.Key).Order());
        foreach (IGrouping<string, JsonElement> category in slices)
        {
            Assert.Equal(
                (drafted, kept), (category.Sum(one => Drafts(one).Item1), category.Sum(one => Drafts(one).Item2)));
        }

        static (int, int) Drafts(JsonElement one) => ((int)Number(one, "drafted"), (int)Number(one, "kept"));

        static int Sum(JsonElement columns, string name) =>
            columns.GetProperty(name).EnumerateArray().Sum(pass => pass.GetInt32());
    }

    [Fact]
    public async Task ATableShowsRejectedDrafts()
    {
        JsonElement plan = (await Demo("planned", "grammar", "--json")).Json().GetProperty("total")[1]
            .GetProperty("path").GetProperty("stages").GetProperty("plan");
        int[] counts = [.. ((string[])["passes", "rows", "drafted", "kept"]).Select(name => (int)Number(plan, name))];
        string text = (await Demo("planned", "grammar")).AssertSuccess().Out;
        Assert.Contains("\nplanned: policy entropy, drafts grammar\n", text, StringComparison.Ordinal);
        string[] cells = text[text.IndexOf("rejected", StringComparison.Ordinal)..].Split('\n')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Single(line => line.Contains("plan"))[^7..];
        Assert.Equal(["plan", .. counts.Append(counts[2] - counts[3]).Select(count => $"{count}")], cells[..^1]);
        string none = (await Demo("planned", "none")).AssertSuccess().Out;
        Assert.DoesNotContain("rejected", none, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TablesHaveEveryRequestAndEveryDecoder()
    {
        using var folder = new TemporaryDirectory();
        string file = folder.File("prompts.txt");
        await File.WriteAllTextAsync(
            file, "One [red]word[/]\n\nTwo \u001b[31mwords\n", TestContext.Current.CancellationToken);
        string text = (await Profile("--prompts", file, "--plan", "a:3", "--repetitions", "1")).AssertSuccess().Out;
        foreach (string part in (string[])[
            "2 requests", "times from host", "  1  One [red]word[/]", "  2  Two ", "passes that follow one another",
            "heavier steps", "all   ar ", "planned: "])
            Assert.Contains(part, text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', text);
        Assert.All(text.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, 130));
    }

    [Theory]
    [InlineData("no prompt")]
    [InlineData("a prompt is empty", " ")]
    [InlineData("'warp' is not one of planned, sparse", "Go", "--decoders", "planned,warp")]
    [InlineData("'' is not one of", "Go", "--decoders", "")]
    [InlineData("--repetitions", "Go", "--repetitions", "0")]
    [InlineData("--plan 'x'", "Go", "--plan", "x")]
    [InlineData("its own prompts and plans", "Go", "--workload", "w.jsonl")]
    [InlineData("is a folder", "--workload", ".")]
    [InlineData("is a folder", "--prompts", ".")]
    [InlineData("StepsRatio", "Go", "--steps-ratio", "0")]
    [InlineData("'--decoder' is not", "Go", "--decoder", "ar")]
    [InlineData("--drafts lookup fits none of --decoders: it needs ar", "Go", "--drafts", "lookup",
        "--decoders", "dense")]
    [InlineData("--drafts grammar fits none of", "Go", "--drafts", "grammar", "--decoders", "ar,diffusion")]
    [InlineData("--threshold is part of", "Go", "--threshold", "0.9")]
    public async Task WrongOptionsAreUsageErrors(string part, params string[] args) =>
        (await Profile(args)).AssertFails(Application.Usage, part.Replace("StepsRatio", "--steps-ratio"));

    [Theory]
    [InlineData("no requests", "")]
    [InlineData(":1: ", "What is gold?")]
    [InlineData(":1: expected an object", "null")]
    [InlineData(":1: ", "[1,2]")]
    [InlineData("plan_tokens", """{"prompt_tokens":9,"rounds":[[10]]}""")]
    [InlineData("no spans", """{"prompt_tokens":9,"plan_tokens":9,"rounds":null}""")]
    [InlineData("no spans", """{"prompt_tokens":9,"plan_tokens":9,"rounds":[[10],null]}""")]
    [InlineData("prompt_tokens is 2000000", """{"prompt_tokens":2000000,"plan_tokens":9,"rounds":[[10]]}""")]
    public async Task MalformedWorkloadsAreErrorsThatNameTheLine(string part, string line)
    {
        using var folder = new TemporaryDirectory();
        string file = folder.File("workload.jsonl");
        await File.WriteAllTextAsync(file, line, TestContext.Current.CancellationToken);
        (await Profile("--workload", file)).AssertFails(Application.Failure, file, part);
    }

    [Theory]
    [InlineData("--prompts")]
    [InlineData("--workload")]
    public async Task MissingAndEmptyFilesAreErrorsThatNameThem(string option)
    {
        using var folder = new TemporaryDirectory();
        string missing = folder.File("missing"), empty = folder.File("empty");
        await File.WriteAllTextAsync(empty, "\n \n", TestContext.Current.CancellationToken);
        (await Profile(option, missing)).AssertFails(Application.Failure, missing);
        (await Profile(option, empty)).AssertFails(Application.Failure, empty, "no ");
    }

    [Theory]
    [InlineData("--trace")]
    [InlineData("--html")]
    [InlineData("--out")]
    public async Task AFileThatCannotBeWrittenIsAnError(string option) => (await Profile(
            "Go", "--plan", "a:3", "--repetitions", "1", option, Path.Combine(model.Path, "no", "such", "file")))
        .AssertFails(Application.Failure, "file");

    private async Task<JsonElement> Recorded(params string[] args)
    {
        using var folder = new TemporaryDirectory();
        string file = folder.File("workload.jsonl");
        await File.WriteAllTextAsync(file, Workload, TestContext.Current.CancellationToken);
        return (await Profile(["--workload", file, "--json", .. args])).Json();
    }

    /// <summary>A profile of a model that is trained to write plans.</summary>
    private static Task<CliRun> Demo(string decoders, string drafts, params string[] args) => CliRun.Of([
        "profile", "What is the aurora borealis?", "-m", Repository.PathTo("models", "demo"), "--decoders", decoders,
        "--drafts", drafts, "--repetitions", "1", "--device", "cpu", "--threads", "1", .. args]);

    private Task<CliRun> Profile(params string[] args) =>
        CliRun.Of(["profile", .. args, "-m", model.Path, "--device", "cpu", "--threads", "1"]);

    private static void AssertAddsUp(JsonElement run)
    {
        JsonElement account = run.GetProperty("account");
        double seconds = Number(run, "path", "seconds"), ideal = Number(account, "idealSeconds");
        double causes = account.GetProperty("gap").EnumerateObject().Sum(cause => cause.Value.GetDouble());
        Assert.Equal(seconds, ideal + causes, 1e-9 * (seconds + ideal));
        Assert.Equal(seconds - ideal, Number(account, "gapSeconds"), 1e-9 * (seconds + ideal));
        double stages = run.GetProperty("path").GetProperty("stages").EnumerateObject()
            .Sum(stage => Number(stage.Value, "seconds"));
        Assert.Equal(
            seconds, stages + Number(run, "path", "hostSeconds") + Number(run, "path", "idleSeconds"), 1e-9 * seconds);
        Assert.Equal(
            Number(account, "autoregressivePasses") / Number(run, "path", "passes"),
            Number(account, "idealSpeedup"),
            1e-9);
    }

    private static double Number(JsonElement element, params string[] path)
    {
        foreach (string name in path) element = element.GetProperty(name);
        return element.GetDouble();
    }

    /// <summary>Replaces times by words, and columns by a line with their order.</summary>
    private static void Mask(JsonNode? node)
    {
        if (node is JsonArray array)
        {
            foreach (JsonNode? item in array) Mask(item);
        }
        else if (node is JsonObject fields)
        {
            foreach ((string name, JsonNode? value) in fields.ToArray())
            {
                if (value is JsonObject columns && columns.ContainsKey("stage")) fields[name] = Runs(columns);
                else if (Times.Contains(name) && value is JsonValue) fields[name] = "time";
                else Mask(value);
            }
        }
    }

    private static string Runs(JsonObject columns)
    {
        string[] passes = [.. columns["stage"]!.AsArray().Zip(
            columns["rows"]!.AsArray(), (stage, rows) => $"{stage} of {rows}")];
        foreach (string times in (string[])["start", "seconds", "host", "idle", "clock"])
            Assert.Equal(passes.Length, columns[times]!.AsArray().Count);
        var runs = new List<string>();
        for (int i = 0, count; i < passes.Length; i += count)
        {
            count = passes[i..].TakeWhile(pass => pass == passes[i]).Count();
            runs.Add($"{count} {passes[i]}");
        }

        return string.Join(", ", runs);
    }
}
