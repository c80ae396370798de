using System.CommandLine;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>A command whose help ends with examples.</summary>
/// <param name="name">Name of the command.</param>
/// <param name="description">What it does.</param>
/// <param name="examples">Complete command lines, the simplest first.</param>
internal sealed class CommandWithExamples(string name, string description, IReadOnlyList<string> examples)
    : Command(name, description)
{
    public IReadOnlyList<string> Examples => examples;

    /// <summary>The time that it has to stop when it is cancelled: long enough for a step in progress.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(3);
}
