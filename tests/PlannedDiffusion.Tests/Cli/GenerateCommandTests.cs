using System.Text.Json;
using PlannedDiffusion.Cli;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Tests.Cli;

public sealed class GenerateCommandTests(CliModel model) : IClassFixture<CliModel>
{
    private const string Plan = "the first:12,second one:5";

    [Fact]
    public async Task JsonTellsTheWholeStoryOfAGivenPlan()
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
        int answer = tokenizer.Encode(report.GetProperty("text").GetString()!).Length;
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
    [InlineData("planned", "--plan", Plan, "--policy", "margin", "--kv-commit", "refresh", "--temperature", "1")]
    [InlineData("ar", "--temperature", "1", "--max-new-tokens", "7")]
    [InlineData("diffusion", "--policy", "max-prob", "--max-new-tokens", "9", "--steps-ratio", "0.4")]
    [InlineData("fast-dllm", "--max-new-tokens", "20", "--block-length", "8", "--block-cache", "dual")]
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
    public async Task AGpuThatWasAskedForAndIsNotThereIsOneLine()
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
    [InlineData("--threshold is part of", "--threshold", "0.5")]
    [InlineData("--threshold must be between 0 and 1", "--threshold", "1.5", "--policy", "threshold")]
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
    public async Task AnInterruptedRunHasACodeOfItsOwn() =>
        (await CliRun.Interrupted("generate", "a", "-m", model.Path)).AssertFails(Application.Cancelled, "cancelled");

    private Task<CliRun> Generate(params string[] args) =>
        CliRun.Of(["generate", "The prompt", "-m", model.Path, .. args]);
}
