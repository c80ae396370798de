using System.CommandLine;
using PlannedDiffusion.Cli.Pull;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Tests.Hub;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Pull;

public sealed class PullCommandTests
{
    [Fact]
    public async Task PrintsTheFolderAndALineForEachFile()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        CliRun run = await RunAsync(pull, "pull", HubRepository.Name);
        Assert.Equal((Application.Success, pull.Snapshot + "\n"), (run.Code, run.Out));
        Assert.Equal("config.json, 2 B\ntokenizer.json, 11 B\nmodel.safetensors, 9.77 KiB\n", run.Error);
        Assert.Equal(run.Error, (await RunAsync(pull, "pull", HubRepository.Name)).Error);
    }

    [Fact]
    public async Task ALongDownloadTellsFromTimeToTimeHowFarItIs()
    {
        await using var server = new HubServer(HubRepository.Single(3000)) { HasRanges = false };
        using var pull = new HubPull(server);
        CliRun run = await RunAsync(pull, 15, "pull", HubRepository.Name);
        Assert.Contains("model.safetensors: 13 B of 2.94 KiB are here\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WaitsHaveTheirReason()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        int asked = 0;
        server.Script = _ => ++asked == 1 ? new HubReply(429).With("Retry-After", "7") : null;
        CliRun run = await RunAsync(pull, "pull", HubRepository.Name);
        Assert.StartsWith("127.0.0.1 answers 429: too many requests", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("../er")]
    [InlineData("own/er@../x")]
    public async Task ATextThatIsNoNameIsWrongUsage(string name) =>
        (await CliRun.Of("pull", name)).AssertFails(Application.Usage, name, "OWNER/NAME");

    [Fact]
    public async Task AFailureIsOneLineAndHasNoToken()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server, "hf_secret");
        server.Script = _ => new HubReply(401);
        CliRun run = await RunAsync(pull, "pull", HubRepository.Name);
        run.AssertFails(Application.Failure, "pd: own/er.1: 127.0.0.1:", "answers 401");
        Assert.DoesNotContain("secret", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATerminalHasABar()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        using StringWriter output = new(), error = new();
        var terminal = new Terminal(Stream.Null, output, error) { ErrorIsInteractive = true, MovesCursor = true };
        RootCommand root = [PullCommand.Create(terminal, pull.Client)];
        int code = await Application.RunAsync(
            "pd", root, ["pull", HubRepository.Name], terminal, TestContext.Current.CancellationToken);
        Assert.Equal((Application.Success, pull.Snapshot + "\n"), (code, output.ToString()));
        Assert.DoesNotContain("config.json, 2 B", error.ToString(), StringComparison.Ordinal);
    }

    private static Task<CliRun> RunAsync(HubPull pull, params string[] args) => RunAsync(pull, 0, args);

    private static Task<CliRun> RunAsync(HubPull pull, int pace, params string[] args) =>
        CliRun.Run("pd", terminal => [PullCommand.Create(terminal, pull.Client)], "", args, pace);
}
