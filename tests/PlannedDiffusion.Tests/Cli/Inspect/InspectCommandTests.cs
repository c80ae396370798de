using System.Text.Json;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Models;
using PlannedDiffusion.Tests.Bench;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Inspect;

public sealed class InspectCommandTests(CliModel model) : IClassFixture<CliModel>
{
    [Fact]
    public async Task JsonHoldsConfigurationTensorsAndMemory()
    {
        JsonElement report = (await CliRun.Of(
            "inspect", "--model", model.Path, "--json", "--positions", "100", "--rows", "3")).Json();
        Assert.Equal(model.Config.HiddenSize, report.GetProperty("config").GetProperty("hiddenSize").GetInt32());
        long parameters = WeightNames.All(model.Config).Sum(weight => weight.ElementCount);
        Assert.Equal(parameters, report.GetProperty("parameterCount").GetInt64());

        JsonElement[] tensors = [.. report.GetProperty("tensors").EnumerateArray()];
        Assert.Equal(WeightNames.All(model.Config).Select(weight => weight.Name).Order(),
            tensors.Select(tensor => tensor.GetProperty("name").GetString()!).Order());
        Assert.Equal(2 * parameters, tensors.Sum(tensor => tensor.GetProperty("bytes").GetInt64()));
        Assert.All(tensors, tensor => Assert.NotEmpty(tensor.GetProperty("shape").EnumerateArray()));

        JsonElement memory = report.GetProperty("memory");
        Assert.Equal(2 * parameters, memory.GetProperty("weights").GetInt64());
        Assert.Equal(100L * 2 * 4 * model.Config.LayerCount * model.Config.KvSize,
            memory.GetProperty("keyValues").GetInt64());
        Assert.Equal(3L * 4 * model.Config.VocabularySize, memory.GetProperty("logits").GetInt64());
        Assert.Equal(model.Config.MaskTokenId, report.GetProperty("controlTokens").GetProperty("mask").GetInt32());
    }

    /// <summary>Of a checkpoint in bf16, as every runner would keep it.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(2, "--precision", "bf16")]
    [InlineData(4, "--precision", "f32")]
    public async Task MemoryFollowsThePrecision(int bytes, params string[] args)
    {
        long parameters = WeightNames.All(model.Config).Sum(weight => weight.ElementCount);
        JsonElement memory = (await CliRun.Of(["inspect", "-m", model.Path, "--json", .. args])).Json()
            .GetProperty("memory");
        Assert.Equal(bytes * parameters, memory.GetProperty("weights").GetInt64());
    }

    [Fact]
    public async Task TextListsTensorsOnRequestOnly()
    {
        CliRun brief = (await CliRun.Of("inspect", "-m", model.Path)).AssertSuccess();
        CliRun full = (await CliRun.Of("inspect", "-m", model.Path, "--tensors")).AssertSuccess();
        Assert.Contains("2 layers, hidden 64", brief.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(WeightNames.FinalNorm, brief.Out, StringComparison.Ordinal);
        Assert.All(WeightNames.All(model.Config), w => Assert.Contains(w.Name, full.Out, StringComparison.Ordinal));
    }

    [Fact]
    public async Task StopTokensAreShownWithTheFilesThatNameThem()
    {
        using var named = new CliModel();
        string file = named.File("generation_config.json");
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync(file, """{"eos_token_id": [65, 64]}""", cancellation);
        CliRun text = (await CliRun.Of("inspect", "-m", named.Path)).AssertSuccess();
        Assert.Contains("ends        65 b (generation_config.json)", text.Out, StringComparison.Ordinal);
        JsonElement stops = (await CliRun.Of("inspect", "-m", named.Path, "--json")).Json().GetProperty("stopTokens");
        Assert.Equal([65, 64], stops.EnumerateArray().Take(2).Select(stop => stop.GetProperty("id").GetInt32()));
        Assert.Equal(4, stops.GetArrayLength()); // with the family's two
        await File.WriteAllTextAsync(file, """{"eos_token_id": 999999}""", cancellation);
        (await CliRun.Of("inspect", "-m", named.Path)).AssertFails(
            Application.Failure, "generation_config.json: eos_token_id: is 999999");
    }

    [Fact]
    public async Task TheChatTemplateIsNamedAndAnUnsupportedOneHidesNothingElse()
    {
        using var folder = new CliModel();
        Assert.Contains("ChatML", (await CliRun.Of("inspect", "-m", folder.Path)).AssertSuccess().Out,
            StringComparison.Ordinal);
        string template = folder.File("chat_template.jinja");
        await File.WriteAllTextAsync(template, "{{ strftime_now('%Y') }}", TestContext.Current.CancellationToken);
        CliRun refused = (await CliRun.Of("inspect", "-m", folder.Path)).AssertSuccess();
        Assert.Contains("refused: chat_template.jinja: line 1: strftime_now", refused.Out, StringComparison.Ordinal);
        Assert.Contains("2 layers, hidden 64", refused.Out, StringComparison.Ordinal);
        JsonElement chat = (await CliRun.Of("inspect", "-m", folder.Path, "--json")).Json().GetProperty("chat");
        Assert.Equal("chat_template.jinja", chat.GetProperty("template").GetString());
        Assert.Contains("strftime_now", chat.GetProperty("problem").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DamagedCheckpointsAreErrorsThatNameTheFile()
    {
        using var damaged = new CliModel();
        string config = damaged.File("config.json");
        await File.WriteAllTextAsync(config, """{ "model_type": "Dream" }""", TestContext.Current.CancellationToken);
        (await CliRun.Of("inspect", "-m", damaged.Path)).AssertFails(Application.Failure, config);
        File.Copy(Path.Combine(model.Path, "config.json"), config, overwrite: true);
        string weights = damaged.File("model.safetensors");
        await File.WriteAllBytesAsync(weights, new byte[3], TestContext.Current.CancellationToken);
        (await CliRun.Of("inspect", "-m", damaged.Path)).AssertFails(Application.Failure, weights);
        File.Delete(weights);
        (await CliRun.Of("inspect", "-m", damaged.Path)).AssertFails(Application.Failure, damaged.Path);
    }

    /// <summary>
    /// `inspect` reports them, and commands that load the model do so on standard error. A file's name cannot control
    /// the terminal.
    /// </summary>
    [Fact]
    public async Task UnusedFilesAndTensorsAreReported()
    {
        using var stray = new CliModel();
        File.Copy(stray.File("model.safetensors"), stray.File("consol\e[2J.safetensors"));
        CliRun inspect = (await CliRun.Of("inspect", "-m", stray.Path)).AssertSuccess();
        string note = Assert.Single(
            inspect.Out.Split('\n'), line => line.StartsWith("note  ", StringComparison.Ordinal));
        Assert.Contains("consol\\u001b[2J.safetensors", note, StringComparison.Ordinal);
        JsonElement notes = (await CliRun.Of("inspect", "-m", stray.Path, "--json")).Json().GetProperty("notes");
        string text = Assert.Single(notes.EnumerateArray()).GetString()!;
        Assert.EndsWith(text, note, StringComparison.Ordinal);
        string[] answer = ["generate", "a", "--decoder", "ar", "--max-new-tokens", "1", "-m", stray.Path];
        CliRun generate = await CliRun.Of([.. answer, "--json"]);
        Assert.Equal((Application.Success, $"note: {text}\n"), (generate.Code, generate.Error));
        (await CliRun.Of([.. answer, "--quiet"])).AssertSuccess();
        CliRun step = await BenchRun.Of("step", "-m", stray.Path, "--rows", "1", "--repetitions", "1");
        Assert.Equal((Application.Success, $"note: {text}\n"), (step.Code, step.Error));
        JsonElement none = (await CliRun.Of("inspect", "-m", model.Path, "--json")).Json().GetProperty("notes");
        Assert.Empty(none.EnumerateArray());
    }

    [Fact]
    public async Task TextOfAFileIsEscapedOnATerminal()
    {
        using var hostile = new CliModel();
        string config = hostile.File("config.json");
        string text = await File.ReadAllTextAsync(config, TestContext.Current.CancellationToken);
        text = text.Replace("\"Dream\"", "\"D\\u001b[2J\"", StringComparison.Ordinal);
        await File.WriteAllTextAsync(config, text, TestContext.Current.CancellationToken);
        CliRun run = await CliRun.Of("inspect", "-m", hostile.Path);
        Assert.DoesNotContain('\e', run.Out + run.Error);
        run.AssertFails(Application.Failure, config, @"\u001b[2J");
    }
}
