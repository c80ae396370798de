using PlannedDiffusion.Cli;
using Xunit;

namespace PlannedDiffusion.Tests.Cli;

public sealed class ApplicationTests
{
    [Theory]
    [InlineData("Required command", new string[] { })]
    [InlineData("'no-such-command'", new[] { "no-such-command" })]
    [InlineData("'--bogus'", new[] { "inspect", "--bogus" })]
    [InlineData("'extra'", new[] { "inspect", "extra" })]
    [InlineData("--rows", new[] { "inspect", "--rows", "0" })]
    [InlineData("--rows", new[] { "inspect", "--rows", "many" })]
    [InlineData("--rows", new[] { "inspect", "--rows" })]
    [InlineData("pd inspect --help", new[] { "inspect", "--rows", "-1" })]
    [InlineData("/no/such/folder", new[] { "inspect", "--model", "/no/such/folder" })]
    public async Task WrongUsageIsOneLineAndTheCodeOfItsOwn(string part, string[] args) =>
        (await CliRun.Of(args)).AssertFails(Application.Usage, part);

    [Theory]
    [InlineData]
    [InlineData("generate")]
    [InlineData("inspect")]
    [InlineData("tokenize")]
    [InlineData("bench")]
    [InlineData("bench", "step")]
    [InlineData("bench", "decode")]
    [InlineData("bench", "make-checkpoint")]
    [InlineData("warm")]
    public async Task EveryCommandExplainsItself(params string[] command)
    {
        CliRun run = (await CliRun.Of([.. command, "--help"])).AssertSuccess();
        Assert.Contains("Usage:", run.Out, StringComparison.Ordinal);
        Assert.Contains("--help", run.Out, StringComparison.Ordinal);
    }
}
