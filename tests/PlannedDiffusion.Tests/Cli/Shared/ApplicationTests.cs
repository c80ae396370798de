using System.CommandLine;
using PlannedDiffusion.Bench;
using PlannedDiffusion.Cli;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Tests.Bench;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Shared;

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
    [InlineData("--model no-such/model: no such folder", new[] { "inspect", "--model", "no-such/model" })]
    [InlineData("fetches it: pd pull no-such/model", new[] { "inspect", "--model", "no-such/model" })]
    public async Task WrongUsageIsOneLineWithItsOwnExitCode(string part, string[] args) =>
        (await CliRun.Of(args)).AssertFails(Application.Usage, part);

    [Theory]
    [InlineData("pd")]
    [InlineData("pd", "generate")]
    [InlineData("pd", "inspect")]
    [InlineData("pd", "tokenize")]
    [InlineData("pd", "profile")]
    [InlineData("pd", "eval")]
    [InlineData("pd", "warm")]
    [InlineData("pd", "pull")]
    [InlineData("pd-bench")]
    [InlineData("pd-bench", "step")]
    [InlineData("pd-bench", "decode")]
    [InlineData("pd-bench", "ops")]
    [InlineData("pd-bench", "attention")]
    [InlineData("pd-bench", "cuda")]
    [InlineData("pd-bench", "make-checkpoint")]
    public async Task EveryCommandHasHelp(params string[] command)
    {
        CliRun run = (await BenchRun.OfProgram([.. command, "--help"])).AssertSuccess();
        Assert.Contains("Usage:", run.Out, StringComparison.Ordinal);
        Assert.Contains("--help", run.Out, StringComparison.Ordinal);
        Assert.Contains($"Examples:\n  {command[0]} ", run.Out, StringComparison.Ordinal);
    }

    /// <summary>Every example in a help text must parse.</summary>
    [Fact]
    public void EveryExampleParses()
    {
        var nowhere = new Terminal(Stream.Null, TextWriter.Null, TextWriter.Null);
        RootCommand[] roots = [PdCommand.Create(nowhere), BenchCommand.Create(nowhere)];
        int examples = 0;
        foreach (RootCommand root in roots)
        {
            OptionGrammar.ApplyTo(root);
            foreach (string example in root.Subcommands.SelectMany(HelpWithExamples.Of))
            {
                string program = root == roots[0] ? PdCommand.Name : BenchCommand.Name;
                Assert.StartsWith(program + " ", example, StringComparison.Ordinal);
                string typed = example[(program.Length + 1)..].Split(" < ")[0]; // without redirections of the shell
                Assert.Empty(root.Parse(typed).Errors);
                examples++;
            }
        }

        Assert.InRange(examples, 12, 50);
    }

    /// <summary>The benchmarks were commands of <c>pd</c> once: whoever types one is told its new name.</summary>
    [Theory]
    [InlineData("step", "--rows", "1,8", "-m", "folder")]
    [InlineData("cuda", "steps", "--json")]
    [InlineData]
    public async Task OldBenchmarkCommandsPrintTheirNewNames(params string[] args)
    {
        string command = string.Join(' ', ["bench/PlannedDiffusion.Bench", "--", .. args]);
        (await CliRun.Of(["bench", .. args])).AssertFails(Application.Usage, command);
    }
}
