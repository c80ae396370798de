using System.Text.Json;
using PlannedDiffusion.Cli;
using PlannedDiffusion.Models;
using Xunit;

namespace PlannedDiffusion.Tests.Cli;

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

    [Fact]
    public async Task TextNamesEveryTensorOnRequestOnly()
    {
        CliRun brief = (await CliRun.Of("inspect", "-m", model.Path)).AssertSuccess();
        CliRun full = (await CliRun.Of("inspect", "-m", model.Path, "--tensors")).AssertSuccess();
        Assert.Contains("2 layers, hidden 64", brief.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(WeightNames.FinalNorm, brief.Out, StringComparison.Ordinal);
        Assert.All(WeightNames.All(model.Config), w => Assert.Contains(w.Name, full.Out, StringComparison.Ordinal));
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
}
