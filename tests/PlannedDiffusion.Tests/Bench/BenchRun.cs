using PlannedDiffusion.Bench;
using PlannedDiffusion.Tests.Cli;

namespace PlannedDiffusion.Tests.Bench;

/// <summary>Runs of <c>pd-bench</c> in this process.</summary>
internal static class BenchRun
{
    public static Task<CliRun> Of(params string[] args) =>
        CliRun.Run(BenchCommand.Name, BenchCommand.Create, "", args);

    /// <summary>A run of the program in the first word: <c>pd</c> or <c>pd-bench</c>.</summary>
    public static Task<CliRun> OfProgram(params string[] words) =>
        words[0] == BenchCommand.Name ? Of(words[1..]) : CliRun.Of(words[1..]);
}
