using System.Text.Json;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Generate;

public sealed class GenerateCommandTests(CliModel model) : IClassFixture<CliModel>
{
    private const string Plan = "the first:12,second one:5";

    [Fact]
    public async Task JsonReportsAGivenPlanCompletely()
    {
        JsonElement report = (await Generate("--plan", Plan, "--json", "--steps-ratio", "0.5")).Json();
        JsonElement round = Assert.Single(report.GetProperty("rounds").EnumerateArray());
        Assert.Equal(6, round.GetProperty("steps").GetInt32());
        JsonElement[] spans = [.. round.GetProperty("spans").EnumerateArray()];
        Assert.Equal([12, 5], spans.Select(span => span.GetProperty("length").GetInt32()));
        Assert.Equal(["the first", "second one"], spans.Select(span => span.GetProperty("topic").GetString()!));

        var tokenizer = Tokenizer.Load(model.Path);
        int[] tokens = report.GetProperty("tokens").Integers();
        Assert.Equal(tokenizer.Decode(tokens), report.GetProperty("rawText").GetString());
        JsonElement usage = report.GetProperty("usage"), path = report.GetProperty("criticalPath");
        int answer = tokenizer.Encode(report.GetProperty("publishedText").GetString()!).Length;
        Assert.Equal(answer, usage.GetProperty("answer").GetInt32());
        Assert.Equal(tokens.Length, usage.GetProperty("generated").GetInt32());
        Assert.Equal(12 + 5 + 4, usage.GetProperty("spans").GetInt32());

        // The plan costs no pass, and the prompt's rows ride with the first denoise step.
        Assert.Equal(6, path.GetProperty("passes").GetInt32());
        Assert.Equal(answer + 1, path.GetProperty("autoregressivePasses").GetInt32());
        Assert.Equal(path.GetProperty("rows").GetInt64(), path.GetProperty("stages").EnumerateObject()
            .Sum(stage => stage.Value.GetProperty("rows").GetInt64()));
    }

    [Theory]
    [InlineData("planned", "--temperature", "0.8", "--top-p", "0.9", "--top-k", "40", "--max-plan-tokens", "12")]
    [InlineData("dense", "--plan", Plan, "--policy", "threshold", "--threshold", "0.5")]
    [InlineData("sparse", "--plan", Plan, "--steps-ratio", "0.5")]
    [InlineData("dense", "--plan", Plan, "--policy", "certain", "--threshold", "0.5", "--temperature", "1")]
    [InlineData("sparse", "--preset", "fast", "--drafts", "none", "--max-plan-tokens", "12")]
    [InlineData("planned", "--plan", Plan, "--policy", "margin", "--kv-commit", "refresh", "--temperature", "1")]
    [InlineData("ar", "--temperature", "1", "--max-new-tokens", "7")]
    [InlineData("ar", "--drafts", "lookup", "--max-new-tokens", "7")]
    [InlineData("diffusion", "--policy", "max-prob", "--max-new-tokens", "9", "--steps-ratio", "0.4")]
    [InlineData("fast-dllm", "--max-new-tokens", "20", "--block-length", "8", "--block-cache", "dual")]
    [InlineData("diffusion", "--preset", "fast", "--max-new-tokens", "9")]
    [InlineData("dense", "--plan", Plan, "--policy", "factor", "--temperature", "1")]
    [InlineData("fast-dllm", "--max-new-tokens", "9", "--block-length", "4", "--block-cache", "prefix")]
    public async Task EveryDecoderAnswersTheSameToTheSameSeed(string decoder, params string[] options)
    {
        string[] args = ["--decoder", decoder, "--seed", "11", "--json", .. options];
        JsonElement first = (await Generate(args)).Json(), second = (await Generate(args)).Json();
        Assert.Equal(decoder, first.GetProperty("decoder").GetString());
        int[] tokens = first.GetProperty("tokens").Integers();
        Assert.NotEmpty(tokens);
        Assert.Equal(tokens, second.GetProperty("tokens").Integers());
        Assert.DoesNotContain(model.Config.MaskTokenId!.Value, tokens);
    }

    [Fact]
    public async Task TextGoesToStandardOutputAndThePathToStandardError()
    {
        string text = (await Generate("--plan", Plan, "--json")).Json().GetProperty("text").GetString()!;
        CliRun run = await Generate("--plan", Plan);
        Assert.Equal((Application.Success, text + "\n"), (run.Code, run.Out));
        Assert.StartsWith(
            $"device  cpu: Cannot load the CUDA driver (tried {CliRun.MissingDriver}).\n" +
            "plan    the first (12), second one (5), 12 steps\npasses  12: 12 denoise; ",
            run.Error,
            StringComparison.Ordinal);
        CliRun asked = await Generate("--plan", Plan, "--device", "cpu");
        Assert.StartsWith("plan  ", asked.Error, StringComparison.Ordinal);
        Assert.Equal(text + "\n", (await Generate("--plan", Plan, "--quiet")).AssertSuccess().Out);
        CliRun piped = await CliRun.WithInput(
            "The prompt\n", "generate", "-m", model.Path, "--plan", Plan, "--quiet");
        Assert.Equal(text + "\n", piped.AssertSuccess().Out);
    }

    [Fact]
    public async Task AMissingGpuIsOneLine()
    {
        string[] parts = ["Cannot load the CUDA driver", CliRun.MissingDriver, "PD_CUDA_DRIVER"];
        (await Generate("--device", "cuda")).AssertFails(Application.Failure, parts);
        (await CliRun.Of("warm", "-m", model.Path)).AssertFails(Application.Failure, parts);
        (await Generate("--device", "tpu")).AssertFails(Application.Usage, "tpu");
    }

    [Fact]
    public async Task AutoregressiveTextIsStreamedOnce()
    {
        string[] args = ["--decoder", "ar", "--max-new-tokens", "20"];
        string text = (await Generate([.. args, "--json"])).Json().GetProperty("text").GetString()!;
        Assert.Equal(text + "\n", (await Generate([.. args, "--quiet"])).AssertSuccess().Out);
    }

    [Theory]
    [InlineData("planned", "grammar")]
    [InlineData("ar", "lookup")]
    public async Task DraftsSavePassesAndChangeNoToken(string decoder, string drafts)
    {
        JsonElement plain = (await Demo("--decoder", decoder, "--drafts", "none", "--json")).Json();
        JsonElement drafted = (await Demo("--decoder", decoder, "--drafts", drafts, "--json")).Json();
        Assert.Equal(("none", drafts), (Text(plain, "drafts"), Text(drafted, "drafts")));
        Assert.Equal(plain.GetProperty("tokens").Integers(), drafted.GetProperty("tokens").Integers());
        (int passes, int guessed, int kept) = Path(drafted);
        Assert.InRange(kept, 1, guessed);
        Assert.Equal((passes + kept, 0, 0), Path(plain));

        CliRun run = await Demo("--decoder", decoder, "--drafts", drafts);
        Assert.Equal(Text(drafted, "text") + "\n", run.Out);
        string line = run.Error.Split('\n').Single(line => line.StartsWith("passes  ", StringComparison.Ordinal));
        Assert.StartsWith($"passes  {passes}: 1 prefill + ", line, StringComparison.Ordinal);
        Assert.Contains($"; {kept} of {guessed} drafts kept; one token at a time ", line, StringComparison.Ordinal);

        static (int Passes, int Drafted, int Kept) Path(JsonElement report)
        {
            JsonElement path = report.GetProperty("criticalPath");
            JsonElement[] stages = [.. path.GetProperty("stages").EnumerateObject().Select(stage => stage.Value)];
            return (
                path.GetProperty("passes").GetInt32(),
                stages.Sum(stage => stage.GetProperty("drafted").GetInt32()),
                stages.Sum(stage => stage.GetProperty("kept").GetInt32()));
        }
    }

    /// <summary>The preset's policy for the decoder, unless another option sets it.</summary>
    [Theory]
    [InlineData("entropy", null)]
    [InlineData("margin", null, "--policy", "margin", "--preset", "fast")]
    [InlineData("certain", 0.9f, "--preset", "fast")]
    [InlineData("certain", 0.995f, "--preset", "fast", "--decoder", "dense")]
    [InlineData("certain", 0.95f, "--preset", "fast", "--decoder", "diffusion")]
    [InlineData("certain", 0.95f, "--policy", "certain", "--decoder", "diffusion")]
    [InlineData("certain", 0.7f, "--preset", "fast", "--threshold", "0.7")]
    [InlineData("certain", 0.7f, "--policy", "certain", "--threshold", "0.7")]
    [InlineData("threshold", 0.8f, "--policy", "threshold", "--threshold", "0.8", "--preset", "fast")]
    [InlineData("threshold", 0.9f, "--policy", "threshold")]
    [InlineData("threshold", 0.9f, "--decoder", "fast-dllm")]
    [InlineData("certain", 0.9f, "--decoder", "fast-dllm", "--preset", "fast", "--policy", "entropy")]
    public async Task ThePolicyIsReportedWithItsThreshold(string name, float? threshold, params string[] args)
    {
        string[] plan = args.Any(arg => arg is "diffusion" or "fast-dllm") ? [] : ["--plan", Plan];
        string[] few = ["--max-new-tokens", "60", .. plan, .. args];
        JsonElement policy = (await Generate([.. few, "--json"])).Json().GetProperty("policy");
        Assert.Equal(name, Text(policy, "name"));
        JsonElement told = policy.GetProperty("threshold");
        Assert.Equal(threshold, told.ValueKind == JsonValueKind.Null ? null : told.GetSingle());
        string[] lines = [.. (await Generate(few)).Error.Split('\n').Where(line => line.StartsWith("policy  "))];
        Assert.Equal(threshold is null ? [] : [FormattableString.Invariant($"policy  {name} from {threshold}")], lines);
    }

    [Theory]
    [InlineData(1f)]
    [InlineData(0.5f, "--factor", "0.5", "--preset", "fast")]
    public async Task TheFactorIsReported(float factor, params string[] args)
    {
        string[] all = ["--plan", Plan, "--policy", "factor", .. args];
        JsonElement policy = (await Generate([.. all, "--json"])).Json().GetProperty("policy");
        Assert.Equal("factor", Text(policy, "name"));
        Assert.Equal(factor, policy.GetProperty("factor").GetSingle());
        Assert.Contains(
            FormattableString.Invariant($"\npolicy  factor {factor}\n"),
            (await Generate(all)).Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADraftedAnswerIsComparedWithOneWithoutDrafts()
    {
        string[] args = ["--decoder", "ar", "--drafts", "lookup", "--max-new-tokens", "30", "--compare"];
        JsonElement report = (await Generate([.. args, "--json"])).Json(), other = report.GetProperty("autoregressive");
        Assert.Equal(Text(report, "text"), Text(other, "text"));
        Assert.Equal(30, other.GetProperty("criticalPath").GetProperty("passes").GetInt32());
        Assert.All(other.GetProperty("criticalPath").GetProperty("stages").EnumerateObject(), stage =>
            Assert.Equal(0, stage.Value.GetProperty("drafted").GetInt32()));
        Assert.EndsWith("x the time of ar-lookup\n", (await Generate(args)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StepsShowTheSpansFillingIn()
    {
        CliRun run = (await Generate("--plan", Plan, "--show", "steps", "--quiet")).AssertSuccess();
        string[] lines = run.Out.Split('\n');
        Assert.Equal("plan 1: the first (12), second one (5); 12 steps", lines[0]);
        Assert.StartsWith("step 1, span 1, 1/12: ", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("step 1, span 2, 1/5: ", lines[2], StringComparison.Ordinal);
        Assert.Single(lines, line => line.StartsWith("step 5, span 2 complete: ", StringComparison.Ordinal));
        Assert.Single(lines, line => line.StartsWith("step 12, span 1 complete: ", StringComparison.Ordinal));

        CliRun plan = (await Generate("--plan", Plan, "--show", "plan", "--quiet")).AssertSuccess();
        Assert.Equal(lines.Where(line => !line.Contains('/', StringComparison.Ordinal)), plan.Out.Split('\n'));
    }

    [Fact]
    public async Task CompareAddsAnAutoregressiveRun()
    {
        JsonElement report = (await Generate("--plan", Plan, "--compare", "--max-length", "200", "--json")).Json();
        JsonElement other = report.GetProperty("autoregressive");
        Assert.True(other.GetProperty("timeRatio").GetDouble() > 0);
        Assert.NotEqual(0, other.GetProperty("usage").GetProperty("text").GetInt32());
        Assert.Equal(JsonValueKind.Null, (await Generate("--plan", Plan, "--json")).Json()
            .GetProperty("autoregressive").ValueKind);
    }

    [Theory]
    [InlineData("topic:tokens", "--plan", "history")]
    [InlineData("topic:tokens", "--plan", "history:0")]
    [InlineData("topic:tokens", "--plan", "a:5,:5")]
    [InlineData("--plan needs", "--plan", "a:5", "--decoder", "ar")]
    [InlineData("--steps-ratio is 0", "--steps-ratio", "0")]
    [InlineData("--steps-ratio is 1.5", "--steps-ratio", "1.5")]
    [InlineData("--top-p is 0", "--top-p", "0")]
    [InlineData("--temperature is NaN", "--temperature", "NaN")]
    [InlineData("--max-rounds is 0", "--max-rounds", "0")]
    [InlineData("--policy certain or threshold, or of --preset fast", "--threshold", "0.5")]
    [InlineData("--policy certain or threshold, or", "--threshold", "0.5", "--preset", "fast", "--policy", "margin")]
    [InlineData("--threshold must be between 0 and 1", "--threshold", "1.5", "--policy", "threshold")]
    [InlineData("--threshold must be between 0 and 1", "--threshold", "-1", "--preset", "fast")]
    [InlineData("--threshold must be above 0", "--threshold", "0", "--policy", "certain")]
    [InlineData("--factor is part of --policy factor", "--factor", "2", "--policy", "certain")]
    [InlineData("--factor must be a finite number above 0", "--factor", "0", "--policy", "factor")]
    [InlineData("--factor must be", "--factor", "Infinity", "--policy", "factor")]
    [InlineData("--threshold is part of", "--threshold", "0.5", "--policy", "factor")]
    [InlineData("--drafts lookup does not fit --decoder planned: it needs ar", "--drafts", "lookup")]
    [InlineData("--drafts lookup does not fit --decoder fast-dllm", "--drafts", "lookup", "--decoder", "fast-dllm")]
    [InlineData("--drafts grammar does not fit --decoder ar: it needs planned, sparse or dense", "--drafts", "grammar",
        "--decoder", "ar")]
    [InlineData("'certainty'", "--policy", "certainty")]
    [InlineData("--seed", "--seed", "-1")]
    [InlineData("--threads", "--threads", "-1")]
    [InlineData("--raw and --system", "--raw", "--system", "a")]
    [InlineData("The prompt has", "--max-length", "5")]
    public async Task WrongOptionsAreUsageErrors(string part, params string[] args) =>
        (await Generate(args)).AssertFails(Application.Usage, part);

    [Fact]
    public async Task APromptIsNeeded()
    {
        (await CliRun.Of("generate", "-m", model.Path)).AssertFails(Application.Usage, "prompt is empty");
        (await CliRun.Of("generate", " ", "-m", model.Path)).AssertFails(Application.Usage, "prompt is empty");
    }

    [Fact]
    public async Task FailuresOfTheModelAreRunTimeErrors()
    {
        (await Generate("--strict", "--max-plan-tokens", "2")).AssertFails(Application.Failure);
        using var broken = new CliModel();
        await File.WriteAllTextAsync(broken.File("tokenizer.json"), "{}", TestContext.Current.CancellationToken);
        (await CliRun.Of("generate", "a", "-m", broken.Path)).AssertFails(Application.Failure, "tokenizer.json");
    }

    [Fact]
    public async Task AnInterruptedRunHasItsOwnExitCode() =>
        (await CliRun.Interrupted("generate", "a", "-m", model.Path)).AssertFails(Application.Cancelled, "cancelled");

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    /// <summary>An answer of a model that is trained to write plans.</summary>
    private static Task<CliRun> Demo(params string[] args) => CliRun.Of(
        ["generate", "What is the aurora borealis?", "-m", Repository.PathTo("models", "demo"), .. args]);

    private Task<CliRun> Generate(params string[] args) =>
        CliRun.Of(["generate", "The prompt", "-m", model.Path, .. args]);
}
