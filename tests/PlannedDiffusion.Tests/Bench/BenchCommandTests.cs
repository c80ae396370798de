using System.Text.Json;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tests.Cli;
using Xunit;

namespace PlannedDiffusion.Tests.Bench;

public sealed class BenchCommandTests(CliModel model) : IClassFixture<CliModel>
{
    private static readonly string[] Tiny =
    [
        "--shape", "custom", "--hidden", "32", "--mlp", "48", "--layers", "1", "--heads", "2", "--kv-heads", "1",
        "--head-size", "16",
    ];

    [Fact]
    public async Task MadeCheckpointsDependOnTheSeedAndCanBeInspected()
    {
        using var folder = new TemporaryDirectory();
        string one = folder.File("one"), same = folder.File("same"), other = folder.File("other");
        foreach ((string path, string seed) in new[] { (one, "1"), (same, "1"), (other, "2") })
        {
            string[] args = ["make-checkpoint", "-o", path, "--seed", seed, "--vocabulary", "100", .. Tiny];
            (await BenchRun.Of(args)).AssertSuccess();
        }

        byte[] Weights(string path) => File.ReadAllBytes(Path.Combine(path, "model.safetensors"));
        Assert.Equal(Weights(one), Weights(same));
        Assert.NotEqual(Weights(one), Weights(other));
        JsonElement report = (await CliRun.Of("inspect", "-m", one, "--json")).Json();
        Assert.Equal(99, report.GetProperty("config").GetProperty("maskTokenId").GetInt32());
        Assert.Equal(JsonValueKind.Null, report.GetProperty("controlTokens").ValueKind);
        (await BenchRun.Of(["make-checkpoint", "-o", one, .. Tiny])).AssertFails(Application.Usage, one);
    }

    [Fact]
    public async Task AMadeCheckpointWithATokenizerAnswers()
    {
        using var folder = new TemporaryDirectory();
        string path = folder.File("made");
        (await BenchRun.Of(["make-checkpoint", "-o", path, "--tokenizer", model.Path, .. Tiny])).AssertSuccess();
        JsonElement answer = (await CliRun.Of("generate", "Go", "-m", path, "--plan", "a:4", "--json")).Json();
        Assert.Equal(4, answer.GetProperty("criticalPath").GetProperty("passes").GetInt32());
    }

    [Fact]
    public async Task PromptStepsAreMeasured()
    {
        string[] args = ["step", "-m", model.Path, "--rows", "7", "--cached", "0", "--repetitions", "1", "--prefill"];
        JsonElement report = (await BenchRun.Of([.. args, "--json"])).Json();
        JsonElement step = Assert.Single(report.GetProperty("steps").EnumerateArray());
        Assert.Equal("prefill", step.GetProperty("stage").GetString());
        Assert.True(step.GetProperty("gigaflopsPerSecond").GetDouble() > 0);
    }

    [Fact]
    public async Task StepReportsHaveLimitsAndOrigin()
    {
        using var folder = new TemporaryDirectory();
        string[] args = ["step", "-m", model.Path, "--rows", "1,7", "--cached", "5", "--repetitions", "2"];
        JsonElement report = (await BenchRun.Of([.. args, "--json", "--out", folder.Path])).Json();
        JsonElement[] steps = [.. report.GetProperty("steps").EnumerateArray()];
        Assert.Equal([1, 7], steps.Select(step => step.GetProperty("rows").GetInt32()));
        Assert.Equal(["autoregressive", "denoise"], steps.Select(step => step.GetProperty("stage").GetString()));
        Assert.All(steps, step => Assert.True(
            step.GetProperty("medianMilliseconds").GetDouble() <= step.GetProperty("p95Milliseconds").GetDouble()
            && step.GetProperty("before").GetProperty("gigabytesPerSecond").GetDouble() > 0
            && step.GetProperty("shareOfLimits").GetDouble() > 0));
        JsonElement origin = report.GetProperty("origin");
        foreach (string name in new[] { "processor", "commit", "date", "simd" })
            Assert.NotEqual("", origin.GetProperty(name).GetString());
        string file = Assert.Single(Directory.GetFiles(folder.Path));
        string written = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.Equal(report.GetRawText(), written.TrimEnd('\n'));
    }

    [Fact]
    public async Task DecodeComparesPlannedAndAutoregressiveAnswers()
    {
        JsonElement report = (await BenchRun.Of(
            "decode", "-m", model.Path, "--prompt", "One", "--prompt", "Two", "--plan", "first:12,second:6",
            "--steps-ratio", "0.5", "--repetitions", "1", "--json")).Json();
        JsonElement[] cases = [.. report.GetProperty("cases").EnumerateArray()];
        Assert.Equal(["One", "Two"], cases.Select(c => c.GetProperty("name").GetString()!));
        Assert.All(cases, c => Assert.Equal(6, c.GetProperty("decoded").GetProperty("passes").GetInt32()));
        Assert.All(cases, c => Assert.InRange(
            c.GetProperty("autoregressive").GetProperty("generated").GetInt32(), 1, 18));
        Assert.Equal(
            cases.Sum(c => c.GetProperty("autoregressive").GetProperty("passes").GetInt32()) / 12.0,
            report.GetProperty("summary").GetProperty("passRatio").GetDouble(),
            1e-9);
    }

    /// <summary>Autoregressive decoding with drafts is a way of its own.</summary>
    [Fact]
    public async Task LookupDraftsAreComparedWithNoDrafts()
    {
        JsonElement report = (await BenchRun.Of(
            "decode", "-m", model.Path, "--prompt", "One One One One", "--plan", "a:40", "--decoder", "ar",
            "--drafts", "lookup", "--repetitions", "1", "--json")).Json();
        Assert.Equal("ar-lookup", report.GetProperty("decoder").GetString());
        JsonElement one = Assert.Single(report.GetProperty("cases").EnumerateArray());
        (int passes, int kept) = Passes(one.GetProperty("decoded"));
        Assert.Equal((40, 0), Passes(one.GetProperty("autoregressive")));
        Assert.Equal(40, passes + kept);

        static (int, int) Passes(JsonElement run) => (
            run.GetProperty("passes").GetInt32(),
            run.GetProperty("stages").EnumerateObject().Sum(stage => stage.Value.GetProperty("kept").GetInt32()));
    }

    [Fact]
    public async Task RecordedRequestsAreReplayedWithTheirLengths()
    {
        using var folder = new TemporaryDirectory();
        string file = folder.File("workload.jsonl");
        await File.WriteAllTextAsync(
            file,
            """
            {"id":7,"prompt_tokens":9,"plan_tokens":14,"rounds":[[20,10],[110]],"total_tokens":170,"runaway":false}

            """,
            TestContext.Current.CancellationToken);
        JsonElement report = (await BenchRun.Of(
            "decode", "-m", model.Path, "--workload", file, "--repetitions", "1", "--json")).Json();
        JsonElement one = Assert.Single(report.GetProperty("cases").EnumerateArray());
        JsonElement stages = one.GetProperty("decoded").GetProperty("stages");
        int Passes(string stage) => stages.GetProperty(stage).GetProperty("passes").GetInt32();
        // 14 plan tokens, then 13 / 2 spans = 6 and a terminator; the first token of each plan comes with the rows
        // before it. Drafts save the passes of the three promises' tags and blanks. They also save that of the last
        // number's first digit, which repeats the previous promise's.
        Assert.Equal(
            (1, 13 + 6 - (3 * 3) - 1, 1, 20 + 110),
            (Passes("prefill"), Passes("plan"), Passes("sync"), Passes("denoise")));
    }

    [Theory]
    [InlineData("expected numbers of rows", "step", "--rows", "1,x")]
    [InlineData("--rows", "step", "--rows", "0")]
    [InlineData("--cached", "step", "--cached", "-1")]
    [InlineData("--repetitions", "decode", "--prompt", "a", "--repetitions", "0")]
    [InlineData("no prompt", "decode")]
    [InlineData("--decoder ar", "decode", "--prompt", "a", "--decoder", "ar")]
    [InlineData("--decoder ar", "decode", "--prompt", "a", "--decoder", "ar", "--drafts", "none")]
    [InlineData("--drafts lookup does not fit", "decode", "--prompt", "a", "--drafts", "lookup")]
    [InlineData("its own prompts and plans", "decode", "--prompt", "a", "--workload", "b")]
    public async Task WrongOptionsAreUsageErrors(string part, params string[] args) =>
        (await BenchRun.Of([.. args, "-m", model.Path])).AssertFails(Application.Usage, part);

    [Theory]
    [InlineData("--steps-ratio is 2", "--steps-ratio", "2")]
    [InlineData("--threshold is part of", "--threshold", "0.9")]
    public async Task TheScheduleIsCheckedBeforeADeviceIsOpened(string part, params string[] args) =>
        (await BenchRun.Of(["cuda", "replay", "--workload", "x", .. args])).AssertFails(Application.Usage, part);

    [Theory]
    [InlineData("--out")]
    [InlineData("--hidden needs --shape custom", "-o", "x", "--hidden", "64")]
    [InlineData("does not divide", "-o", "x", "--shape", "custom", "--heads", "5", "--kv-heads", "2")]
    [InlineData("is odd", "-o", "x", "--shape", "custom", "--head-size", "15")]
    [InlineData("--layers must be", "-o", "x", "--shape", "custom", "--layers", "0")]
    public async Task WrongShapesAreUsageErrors(string part, params string[] args) =>
        (await BenchRun.Of(["make-checkpoint", .. args])).AssertFails(Application.Usage, part);

    [Theory]
    [InlineData(":1: ", "{")]
    [InlineData("prompt_tokens is 0", """{"prompt_tokens":0,"plan_tokens":9,"rounds":[[10]]}""")]
    [InlineData("rounds has 15", """{"prompt_tokens":1,"plan_tokens":9,"rounds":[[10,15]]}""")]
    [InlineData("no spans", """{"prompt_tokens":1,"plan_tokens":9,"rounds":[[]]}""")]
    [InlineData("its spans take 7", """{"prompt_tokens":1,"plan_tokens":6,"rounds":[[10,20]]}""")]
    [InlineData("no requests", "")]
    [InlineData(":1: lacks 'rounds'", """{"prompt_tokens":1,"plan_tokens":6}""")]
    [InlineData(":1: $.rounds is not a valid value", """{"prompt_tokens":1,"plan_tokens":6,"rounds":"x"}""")]
    [InlineData(":1: $.prompt_tokens is not", """{"prompt_tokens":1e99,"plan_tokens":6,"rounds":[[10]]}""")]
    [InlineData(":2: expected an object", "\rnull")]
    [InlineData("1000000 is the most", """{"prompt_tokens":1000000,"plan_tokens":1000000,"rounds":[[10]]}""")]
    [InlineData(":1: it has neither plan_tokens nor total_tokens", """{"prompt_tokens":1,"rounds":[[10]]}""")]
    [InlineData(":1: total_tokens is -1", """{"prompt_tokens":1,"total_tokens":-1,"rounds":[[10]]}""")]
    [InlineData(":1: total_tokens is 33; its spans take 34",
        """{"prompt_tokens":1,"total_tokens":33,"rounds":[[10],[20]]}""")]
    [InlineData("5 is a runaway", """{"id":5,"prompt_tokens":1,"total_tokens":900,"runaway":true,"rounds":[[10]]}""")]
    [InlineData(":1: steps has 1 numbers, rounds has 2 lists",
        """{"prompt_tokens":1,"plan_tokens":9,"rounds":[[10],[10]],"steps":[3]}""")]
    [InlineData(":1: a number of steps is 0",
        """{"prompt_tokens":1,"plan_tokens":9,"rounds":[[10],[10]],"steps":[3,0]}""")]
    [InlineData("1000000 is the most", """{"prompt_tokens":1,"plan_tokens":1000000,"rounds":[[10],[10,10,10,10]]}""")]
    public async Task MalformedWorkloadsAreErrorsThatNameTheLine(string part, string line)
    {
        using var folder = new TemporaryDirectory();
        string file = folder.File("workload.jsonl");
        await File.WriteAllTextAsync(file, line, TestContext.Current.CancellationToken);
        (await BenchRun.Of("decode", "-m", model.Path, "--workload", file))
            .AssertFails(Application.Failure, file, part);
    }
}
