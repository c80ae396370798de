using System.Text.Json;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Cli.Shared.Requests;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tests.Bench;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Shared;

/// <summary>
/// The runner has room for everything that the options allow. A length beyond the model's is reported.
/// </summary>
public sealed class RunnerRoomTests(CliModel model) : IClassFixture<CliModel>
{
    private static readonly ModelConfig Config = TinyModels.Config() with { MaxPositions = 4096 };

    [Theory]
    [InlineData(DecoderKind.Autoregressive, null, null, 1024, 512)]
    [InlineData(DecoderKind.Autoregressive, 3000, null, 3000, 512)]
    [InlineData(DecoderKind.Diffusion, null, null, 1024, 1024)]
    [InlineData(DecoderKind.Diffusion, 2048, 512, 2048, 2048)]
    [InlineData(DecoderKind.FastDllm, 2048, 512, 2048, 2048)]
    [InlineData(DecoderKind.FastDllm, 300, null, 300, 512)]
    [InlineData(DecoderKind.FastDllm, null, 1500, 2524, 2524)]
    [InlineData(DecoderKind.FastDllm, null, int.MaxValue, 4096, 4096)]
    [InlineData(DecoderKind.FastDllm, int.MaxValue, int.MaxValue, 4096, 4096)]
    [InlineData(DecoderKind.PlannedSparse, 3000, null, 3000, 1002)]
    [InlineData(DecoderKind.PlannedDense, 3000, null, 3000, 2048)]
    public void RowsCoverTheLargestPass(
        DecoderKind decoder, int? maxLength, int? maxNewTokens, int positions, int rows)
    {
        var options = new GenerationOptions
        {
            Decoding = decoder.Options(),
            MaxLength = maxLength,
            MaxNewTokens = maxNewTokens,
        };
        RunnerLimits limits = new RunnerRoom([options]).Limits(Config);
        Assert.Equal((positions, rows, 1), (limits.MaxPositions, limits.MaxRowsPerStep, limits.MaxSequences));
        Assert.Null(new RunnerRoom([options]).Note(Config));
        RunnerLimits both = new RunnerRoom([new GenerationOptions { MaxLength = 64 }, options]).Limits(Config);
        Assert.InRange(both.MaxRowsPerStep, Math.Min(rows, both.MaxPositions), 4096);
    }

    [Fact]
    public void SpansFollowTheOption()
    {
        var options = new GenerationOptions
        {
            MaxLength = 2000,
            Decoding = new PlannedOptions
            {
                Unmasking = new ThresholdUnmasking(0.9f),
                Limits = new PlanLimits { Spans = int.MaxValue, SpanTokens = int.MaxValue },
            },
        };
        RunnerLimits limits = new RunnerRoom([options]).Limits(Config);
        Assert.Equal((2000, 2000), (limits.MaxGroupsPerSequence, limits.MaxRowsPerStep));
    }

    [Fact]
    public void PositionsBeyondTheTrainedOnesAreReported()
    {
        var options = new GenerationOptions { MaxLength = 5000 };
        Assert.StartsWith(
            "--max-length asks for 5000 positions; the model was trained on 4096",
            new RunnerRoom([options]).Note(Config),
            StringComparison.Ordinal);
        Assert.StartsWith(
            "the requests take up to 6000 positions; the model was trained on 4096",
            new RunnerRoom([options]) { Least = 6000 }.Note(Config),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("diffusion")]
    [InlineData("fast-dllm")]
    public async Task TheRequestedNumberOfTokensIsWritten(string decoder)
    {
        CliRun run = await CliRun.Of(
            "generate", "a", "-m", model.Path, "--decoder", decoder, "--max-new-tokens", "530", "--max-length", "600",
            "--policy", "threshold", "--threshold", "0", "--block-length", "530", "--json");
        Assert.Equal(530, run.Json().GetProperty("tokens").GetArrayLength());
    }

    [Fact]
    public async Task ALengthBeyondTheModelsIsOneLineOnStandardError()
    {
        int length = model.Config.MaxPositions + 1;
        CliRun run = await CliRun.Of(
            "generate", "a", "-m", model.Path, "--json", "--decoder", "ar", "--max-new-tokens", "2", "--max-length",
            $"{length}");
        Assert.Equal(Application.Success, run.Code);
        string line = Assert.Single(run.Error.TrimEnd('\n').Split('\n'));
        Assert.StartsWith($"note: --max-length asks for {length} positions;", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARefusalNamesTheOptionThatRaisesTheLimit()
    {
        string prompt = string.Concat(Enumerable.Repeat("long ", 2000));
        foreach (string decoder in new[] { "planned", "ar", "diffusion" })
        {
            (await CliRun.Of("generate", prompt, "-m", model.Path, "--decoder", decoder))
                .AssertFails(Application.Usage, "--max-length, prompt included, is ");
        }

        (await BenchRun.Of("decode", "--prompt", "a", "-m", model.Path, "--max-length", "5"))
            .AssertFails(Application.Usage, "--max-length, prompt included, is 5");
        (await CliRun.Of("generate", "a", "-m", model.Path, "--decoder", "diffusion", "--max-new-tokens", "3000"))
            .AssertFails(Application.Failure, "the runner has 2048 per sequence (--max-length)");
        (await CliRun.Of("generate", "a", "-m", model.Path, "--max-length", "2000000000"))
            .AssertFails(Application.Failure, "--max-length is 2000000000; it must be 1 to ");
        (await CliRun.Of("generate", "a", "-m", model.Path, "--plan", "a:900,b:900", "--max-length", "1000"))
            .AssertFails(Application.Failure, "--max-length is 1000");
    }
}
