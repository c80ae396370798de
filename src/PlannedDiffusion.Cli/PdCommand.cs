using System.CommandLine;
using PlannedDiffusion.Cli.Evaluate;
using PlannedDiffusion.Cli.Generate;
using PlannedDiffusion.Cli.Inspect;
using PlannedDiffusion.Cli.Profile;
using PlannedDiffusion.Cli.Pull;
using PlannedDiffusion.Cli.Serve;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Cli;

/// <summary>The command <c>pd</c> and its subcommands.</summary>
internal static class PdCommand
{
    public const string Name = "pd";

    public static RootCommand Create(Terminal terminal) =>
        new("Planned diffusion: a model plans its answer, then writes all parts in parallel.")
        {
            GenerateCommand.Create(terminal),
            ServeCommand.Create(terminal),
            InspectCommand.Create(terminal),
            TokenizeCommand.Create(terminal),
            ProfileCommand.Create(terminal),
            WarmCommand.Create(terminal),
            PullCommand.Create(terminal),
            EvalCommand.Create(terminal),
            Moved(),
        };

    /// <summary>Names the program that the benchmarks moved to.</summary>
    private static Command Moved()
    {
        var bench = new Command("bench", "Is now a program of its own: pd-bench.")
        {
            Hidden = true,
            TreatUnmatchedTokensAsErrors = false,
        };
        bench.SetAction(NameTheProgram);
        return bench;
    }

    private static int NameTheProgram(ParseResult parse) => throw new UsageException(
        "the benchmarks are a program of their own: dotnet run -c Release --project bench/PlannedDiffusion.Bench -- " +
        string.Join(' ', parse.UnmatchedTokens));
}
