using System.CommandLine;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>Options that several commands share.</summary>
internal static class CommonOptions
{
    private const int ThreadsPerProcessor = 4, MostRepetitions = 1_000_000;

    public static Option<string?> OutOption() => new("--out", "-o")
    {
        Description = "Write the result as JSON to this file, or into this folder.",
        HelpName = "path",
    };

    public static Option<bool> JsonOption() => new("--json") { Description = "Print one JSON object." };

    public static Option<int> ThreadsOption()
    {
        var threads = new Option<int>("--threads")
        {
            Description = "CPU threads: 0 for one per physical core, " +
                $"at most {ThreadsPerProcessor} per logical processor.",
            HelpName = "n",
        };
        OptionChecks.Between(0, ThreadsPerProcessor * Environment.ProcessorCount, threads);
        return threads;
    }

    public static Option<int> RepetitionsOption(int count)
    {
        var repetitions = new Option<int>("--repetitions")
        {
            Description = "Number of repetitions of each measurement.",
            DefaultValueFactory = _ => count,
            HelpName = "n",
        };
        OptionChecks.Between(1, MostRepetitions, repetitions);
        return repetitions;
    }
}
