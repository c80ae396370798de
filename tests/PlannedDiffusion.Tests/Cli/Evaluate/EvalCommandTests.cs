using System.Text.Json;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Evaluate;

public sealed class EvalCommandTests(CliModel model) : IClassFixture<CliModel>
{
    private static readonly string[] Small =
        ["--diffusion-length", "6", "--max-new-tokens", "12", "--max-plan-tokens", "6", "--threads", "1"];

    private const string Questions =
        """
        {"question": "What is gold?", "facts": [["gold"], ["Au", "79"]]}

        {"instruction": "Say a.", "facts": [["a"]], "in_sentence": true, "dataset": "own"}
        {"question": "Nothing is expected here."}
        """;

    /// <summary>A log has a progress line now and then. Here each answer gives one.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(14, 2)]
    [InlineData(20, 4)]
    public async Task TheLogShowsProgress(int seconds, int lines)
    {
        using var folder = new TemporaryDirectory();
        string prompts = folder.File("prompts.jsonl");
        await WriteAsync(prompts, Questions);
        CliRun run = await CliRun.Paced(
            seconds, ["eval", prompts, "-o", folder.File("out"), "-m", model.Path, "--decoders", "ar", .. Small]);
        string[] said = run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal((Application.Success, lines), (run.Code, said.Length));
        Assert.All(said, line => Assert.Contains(" of 3 answers", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task AnswersAreInTheFormatOfAlpacaEval()
    {
        using var folder = new TemporaryDirectory();
        string prompts = folder.File("prompts.json"), to = folder.File("out");
        await WriteAsync(prompts, """
            [{"instruction": "One", "dataset": "helpful_base", "output": "ignored", "generator": "other"},
             {"instruction": "Two “quoted” <&>"}]
            """);
        JsonElement report = (await Eval(prompts, to, "--decoders", "planned,ar,diffusion,fast-dllm", "--json")).Json();
        JsonElement[] cells = [.. report.GetProperty("cells").EnumerateArray()];
        string[] names = ["planned-r1", "planned-r0.5", "planned-r0.25", "ar", "diffusion-r1", "diffusion-r0.5",
            "diffusion-r0.25", "fast-dllm"];
        Assert.Equal(names, cells.Select(c => c.GetProperty("name").GetString()));
        foreach (string name in names)
        {
            JsonElement[] answers = [.. Json(Path.Combine(to, "answers", name + ".json")).EnumerateArray()];
            Assert.Equal(["One", "Two “quoted” <&>"], answers.Select(a => a.GetProperty("instruction").GetString()));
            Assert.All(answers, a => Assert.Equal(name, a.GetProperty("generator").GetString()));
            Assert.All(answers, a => Assert.Equal(JsonValueKind.String, a.GetProperty("output").ValueKind));
            Assert.All(answers, a => Assert.True(a.GetProperty("latency_seconds").GetDouble() > 0));
            Assert.All(answers, a => Assert.True(a.GetProperty("critical_path").GetInt32() > 0));
            Assert.Equal("helpful_base", answers[0].GetProperty("dataset").GetString());
            Assert.False(answers[1].TryGetProperty("dataset", out _));
        }

        Assert.Equal(3, cells[5].GetProperty("meanPasses").GetDouble()); // 6 tokens at half a step each
        Assert.False(File.Exists(Path.Combine(to, "frontier.svg"))); // without facts there is no quality
    }

    [Fact]
    public async Task TheFrontierIsDrawnAndWritten()
    {
        using var folder = new TemporaryDirectory();
        string prompts = folder.File("prompts.jsonl"), to = folder.File("out");
        await WriteAsync(prompts, Questions);
        CliRun run = (await Eval(prompts, to, "--decoders", "planned,ar", "--steps-ratio", "0.5")).AssertSuccess();
        Assert.Contains("planned-r0.5", run.Out, StringComparison.Ordinal);
        string[] csv = await File.ReadAllLinesAsync(Path.Combine(to, "frontier.csv"), Cancel);
        Assert.StartsWith("cell,decoder,answers,failed,cut,facts_right,facts_total,share,low,high", csv[0]);
        Assert.Equal(["planned-r0.5", "planned", "3"], csv[1].Split(',')[..3]);
        Assert.Equal("3", csv[2].Split(',')[6]);
        Assert.All(csv, line => Assert.Equal(22, line.Split(',').Length));
        string svg = await File.ReadAllTextAsync(Path.Combine(to, "frontier.svg"), Cancel);
        var xml = System.Xml.Linq.XDocument.Parse(svg);
        // Two cells in two panels.
        Assert.Equal(4, xml.Descendants().Count(element => element.Name.LocalName == "circle"));
        string page = await File.ReadAllTextAsync(Path.Combine(to, "frontier.html"), Cancel);
        Assert.Contains(svg, page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
        Assert.All(
            (string[])[run.Out, page, await File.ReadAllTextAsync(Path.Combine(to, "frontier.md"), Cancel)],
            text => Assert.Matches("Accuracy under parallelism: planned [0-9]+, ar [0-9]+", text));
        Assert.Contains("| `ar` |", await File.ReadAllTextAsync(Path.Combine(to, "frontier.md"), Cancel));
    }

    [Fact]
    public async Task CellsMayBeNamed()
    {
        using var folder = new TemporaryDirectory();
        string prompts = folder.File("prompts.jsonl"), to = folder.File("out");
        await WriteAsync(prompts, Questions);
        JsonElement report = (await Eval(
            prompts, to, "--cells", "ar,sparse-c0.5,diffusion-r0.5,sparse-r1-c0.5,ar-temp1", "--json")).Json();
        Assert.Equal(
            ["ar", "sparse-r1-c0.5", "diffusion-r0.5", "ar-temp1"],
            report.GetProperty("cells").EnumerateArray().Select(cell => cell.GetProperty("name").GetString()));
        Assert.Equal(3, report.GetProperty("cells")[2].GetProperty("meanPasses").GetDouble());
    }

    [Theory]
    [InlineData("--preset published,fast", "sparse-r1,sparse-r0.5,sparse-r0.25,sparse-r1-fast,ar")]
    [InlineData("--preset fast --threshold 0.9,0.8", "sparse-r1-c0.9,sparse-r1-c0.8,ar")]
    [InlineData("--preset fast --steps-ratio 0.5", "sparse-r0.5-fast,ar")]
    [InlineData("--policy entropy,certain --steps-ratio 0.5", "sparse-r0.5,sparse-r0.5-fast,ar")]
    [InlineData("--policy margin,threshold --threshold 0.9 --steps-ratio 1", "sparse-r1-margin,sparse-r1-t0.9,ar")]
    [InlineData("--drafts none,grammar --steps-ratio 1", "sparse-r1-no-drafts,sparse-r1,ar")]
    [InlineData("--drafts lookup --steps-ratio 1", "sparse-r1,ar-lookup")]
    public async Task AListOfAKnobAppliesToItsDecodersOnly(string options, string names)
    {
        using var folder = new TemporaryDirectory();
        string prompts = folder.File("prompts.jsonl");
        await WriteAsync(prompts, Questions);
        JsonElement report = (await Eval(
            prompts, folder.File("out"),
            ["--limit", "1", "--decoders", "sparse,ar", "--json", .. options.Split(' ')])).Json();
        Assert.Equal(
            names.Split(','),
            report.GetProperty("cells").EnumerateArray().Select(cell => cell.GetProperty("name").GetString()));
    }

    /// <summary>Certain tokens are revealed early, so a round is never longer than its schedule.</summary>
    [Fact]
    public async Task ALowThresholdOfCertaintyTakesOneStepARound()
    {
        using var folder = new TemporaryDirectory();
        string prompts = folder.File("prompts.jsonl"), to = folder.File("out");
        await WriteAsync(prompts, Questions);
        JsonElement report = (await Eval(
            prompts, to, "--decoders", "diffusion", "--steps-ratio", "1", "--policy", "entropy,certain",
            "--threshold", "1,0.0001", "--json")).Json();
        Assert.Equal(
            [("diffusion-r1", 6), ("diffusion-r1-c1", 6), ("diffusion-r1-c0.0001", 1)],
            report.GetProperty("cells").EnumerateArray().Select(
                cell => (cell.GetProperty("name").GetString()!, cell.GetProperty("meanDenoisePasses").GetDouble())));
    }

    /// <summary>Each decoder gets the checkpoint's system message for it.</summary>
    [Fact]
    public async Task AnswersEqualThoseOfGenerate()
    {
        using var folder = new TemporaryDirectory();
        string own = model.File("planned_diffusion.json");
        await WriteAsync(own, """{"system_prompts": {"autoregressive": "One by one.", "planned": "Plan."}}""");
        try
        {
            string prompts = folder.File("prompts.jsonl"), to = folder.File("out");
            await WriteAsync(prompts, Questions);
            (await Eval(prompts, to, "--decoders", "planned,ar", "--steps-ratio", "1", "--limit", "1")).AssertSuccess();
            foreach ((string cell, string decoder) in new[] { ("planned-r1", "planned"), ("ar", "ar") })
            {
                JsonElement generated = (await CliRun.Of([
                    "generate", "What is gold?", "-m", model.Path, "--decoder", decoder, "--json",
                    "--max-new-tokens", "12", "--max-plan-tokens", "6"])).Json();
                JsonElement answer = Assert.Single(
                    Json(Path.Combine(to, "answers", cell + ".json")).EnumerateArray());
                Assert.Equal(
                    generated.GetProperty("publishedText").GetString(), answer.GetProperty("output").GetString());
                Assert.Equal(
                    generated.GetProperty("criticalPath").GetProperty("passes").GetInt32(),
                    answer.GetProperty("critical_path").GetInt32());
            }
        }
        finally
        {
            File.Delete(own);
        }
    }

    [Fact]
    public async Task ATooLongPromptFailsAloneAndTheRunContinues()
    {
        using var folder = new TemporaryDirectory();
        string prompts = folder.File("prompts.jsonl"), to = folder.File("out");
        await WriteAsync(prompts, $$"""
            {"question": "{{string.Concat(Enumerable.Repeat("long ", 400))}}", "facts": [["a"]]}
            {"question": "Short", "facts": [["a"]]}
            """);
        string[] args = ["--decoders", "ar", "--max-length", "200"];
        CliRun run = await Eval(prompts, to, [.. args, "--json"]);
        Assert.Equal(Application.Failure, run.Code);
        Assert.Equal(2, run.Error.TrimEnd('\n').Split('\n').Length);
        Assert.StartsWith("ar failed for 1 of 2; prompt 1: The prompt has ", run.Error, StringComparison.Ordinal);
        Assert.Contains("--max-length, prompt included, is 200", run.Error, StringComparison.Ordinal);
        Assert.EndsWith("\npd: 1 of 2 answers failed\n", run.Error, StringComparison.Ordinal);
        JsonElement report = JsonDocument.Parse(run.Out).RootElement;
        JsonElement cell = Assert.Single(report.GetProperty("cells").EnumerateArray());
        Assert.Equal(1, cell.GetProperty("failed").GetInt32());
        Assert.Equal(2, cell.GetProperty("factsTotal").GetInt32());
        Assert.Equal("failed", Json(Path.Combine(to, "answers", "ar.json"))[0].GetProperty("finish").GetString());
        CliRun again = await Eval(prompts, to, args); // no prompt is left, but the run still fails
        Assert.Equal((Application.Failure, run.Error), (again.Code, again.Error));
        string failure = run.Error.Split('\n')[0];
        Assert.Contains(failure, again.Out, StringComparison.Ordinal);
        foreach (string file in new[] { "frontier.md", "frontier.html" })
            Assert.Contains(failure, await File.ReadAllTextAsync(Path.Combine(to, file), Cancel));
    }

    [Fact]
    public async Task AModelWithBrokenWeightsFailsForEveryPromptAndSaysWhy()
    {
        using var folder = new TemporaryDirectory();
        using var broken = new CliModel();
        string weights = broken.File("model.safetensors"), prompts = folder.File("prompts.jsonl");
        byte[] bytes = await File.ReadAllBytesAsync(weights, Cancel);
        int data = 8 + (int)BitConverter.ToInt64(bytes);
        for (int i = data; i < bytes.Length; i += 2) (bytes[i], bytes[i + 1]) = (0xC0, 0x7F); // bf16's NaN
        await File.WriteAllBytesAsync(weights, bytes, Cancel);
        await WriteAsync(prompts, Questions);
        CliRun run = await CliRun.Of([
            "eval", prompts, "-o", folder.File("out"), "-m", broken.Path, "--decoders", "ar,diffusion", .. Small,
            "--steps-ratio", "1"]);
        Assert.Equal(Application.Failure, run.Code);
        string[] lines = run.Error.TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("ar failed for 3 of 3; prompt 1: The token at position ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("diffusion-r1 failed for 3 of 3; prompt 1: The tok", lines[1], StringComparison.Ordinal);
        Assert.Equal("pd: 6 of 6 answers failed", lines[2]);
    }

    [Theory]
    [InlineData(Application.Failure, "is empty", "")]
    [InlineData(Application.Failure, "is empty", " \n ")]
    [InlineData(Application.Failure, "not JSON", "[{")]
    [InlineData(Application.Failure, ":2: not JSON", "{\"question\": \"a\"}\nplain text")]
    [InlineData(Application.Failure, "no prompts", "[]")]
    [InlineData(Application.Failure, "item 2: neither", """[{"instruction": "a"}, {"prompt": "b"}]""")]
    [InlineData(Application.Failure, "item 1: neither", """[{"instruction": "  "}]""")]
    [InlineData(Application.Failure, "\"instruction\" is a number", """[{"instruction": 1}]""")]
    [InlineData(Application.Failure, "expected an object, found a text", """["a"]""")]
    [InlineData(Application.Failure, "\"facts\" must be", """{"question": "a", "facts": ["b"]}""")]
    [InlineData(Application.Failure, "\"facts\" must be", """{"question": "a", "facts": [[]]}""")]
    [InlineData(Application.Failure, "\"facts\" must be", """{"question": "a", "facts": "b"}""")]
    [InlineData(Application.Failure, ":4, item 2: neither", "[\n{\"question\": \"a\"}\n\n, {\n\"a\": 1}]")]
    [InlineData(Application.Failure, ":3: not JSON", "[\r\n{\"question\": \"a\"}\n}]")]
    [InlineData(Application.Failure, ":2: not JSON", "[{\"question\": \"a\"}]\n[]")]
    [InlineData(Application.Failure, ":3: not JSON", "{\"question\": \"a\"}\r\rx")]
    [InlineData(Application.Failure, ":2: has half of a", "{\"question\":\"a\"}\n{\"question\":\"\\ud83d\"}")]
    [InlineData(Application.Failure, ":1, item 1: has half of a", """[{"question": "a", "facts": [["\udc00"]]}]""")]
    [InlineData(Application.Failure, "\"in_sentence\" is a number", """{"question": "a", "in_sentence": 1}""")]
    public async Task MalformedPromptsAreErrorsThatNameTheirPlace(int code, string part, string text)
    {
        using var folder = new TemporaryDirectory();
        string prompts = folder.File("prompts.json");
        await WriteAsync(prompts, text);
        (await Eval(prompts, folder.File("out"))).AssertFails(code, prompts, part);
        Assert.False(Directory.Exists(folder.File("out")));
    }

    [Theory]
    [InlineData("--decoders 'x'", "--decoders", "ar,x")]
    [InlineData("--steps-ratio 'x'", "--steps-ratio", "0.5,x")]
    [InlineData("--steps-ratio 'NaN'", "--decoders", "ar", "--steps-ratio", "1,NaN")]
    [InlineData("--steps-ratio is 2", "--steps-ratio", "2")]
    [InlineData("--length-scale is 0", "--length-scale", "0")]
    [InlineData("--threshold must be", "--policy", "certain", "--threshold", "1.5")]
    [InlineData("--threshold is part of --policy certain or threshold, or of", "--threshold", "0.5")]
    [InlineData("--preset 'x': choose from published, fast", "--preset", "x")]
    [InlineData("--drafts 'x': choose from none, grammar, lookup", "--drafts", "grammar,x")]
    [InlineData("--cells 'sparse-lookup': lookup does not apply to sparse", "--cells", "sparse-lookup")]
    [InlineData("--policy 'x': choose from entropy, max-prob,", "--policy", "certain,x")]
    [InlineData("--drafts lookup fits none of --decoders", "--drafts", "none,lookup", "--decoders", "planned")]
    [InlineData("--cells 'x': it must begin with one of planned,", "--cells", "ar,x")]
    [InlineData("--cells 'sparse-r1-q2': 'q2' is not a part such as r0.5,", "--cells", "sparse-r1-q2")]
    [InlineData("--cells 'ar-r1': r1 does not apply to ar", "--cells", "ar-r1")]
    [InlineData("--cells 'fast-dllm-t0.5-c0.9': c0.9 sets the policy again", "--cells", "fast-dllm-t0.5-c0.9")]
    [InlineData("--cells and --no-sync exclude each other", "--cells", "ar", "--no-sync")]
    [InlineData("--steps-ratio is 2", "--cells", "sparse-r2")]
    [InlineData("--threshold must be", "--cells", "sparse-c2")]
    [InlineData("--temperature", "--temperature", "-1")]
    [InlineData("--limit", "--limit", "-1")]
    [InlineData("--diffusion-length", "--diffusion-length", "0")]
    [InlineData("no such folder", "--model", "nowhere")]
    public async Task WrongOptionsAreUsageErrors(string part, params string[] args)
    {
        using var folder = new TemporaryDirectory();
        await WriteAsync(folder.File("prompts.jsonl"), Questions);
        string[] own = args[0] == "--model" ? [] : ["--model", model.Path];
        (await CliRun.Of(["eval", folder.File("prompts.jsonl"), "-o", folder.File("out"), .. own, .. args]))
            .AssertFails(Application.Usage, part);
    }

    [Fact]
    public async Task AGridOfTenThousandCellsIsRefused()
    {
        using var folder = new TemporaryDirectory();
        await WriteAsync(folder.File("prompts.jsonl"), Questions);
        string hundred = string.Join(',', Enumerable.Range(1, 100).Select(i => $"0.{i:000}"));
        (await Eval(folder.File("prompts.jsonl"), folder.File("out"),
            "--decoders", "planned", "--steps-ratio", hundred, "--length-scale", hundred))
            .AssertFails(Application.Usage, "the grid has up to 10000 cells; 256 is the most");
    }

    [Fact]
    public async Task AFolderOrAMissingFileIsRefusedAsPrompts()
    {
        using var folder = new TemporaryDirectory();
        (await Eval(folder.Path, folder.File("out"))).AssertFails(Application.Usage, "is a folder");
        (await Eval(folder.File("missing"), folder.File("out"))).AssertFails(Application.Usage, "no such file");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Task WriteAsync(string path, string text) => File.WriteAllTextAsync(path, text, Cancel);

    private static JsonElement Json(string path) => JsonDocument.Parse(File.ReadAllText(path)).RootElement;

    private Task<CliRun> Eval(string prompts, string folder, params string[] args) =>
        CliRun.Of(["eval", prompts, "-o", folder, "-m", model.Path, .. Small, .. args]);
}
