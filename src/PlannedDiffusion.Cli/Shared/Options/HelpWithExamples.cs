using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>The default help with examples at its end: those of the command, or the first of each subcommand.</summary>
internal sealed class HelpWithExamples(SynchronousCommandLineAction usual) : SynchronousCommandLineAction
{
    /// <summary>Adds the examples to the help of a program.</summary>
    public static void ApplyTo(RootCommand root)
    {
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        if (help.Action is SynchronousCommandLineAction usual) help.Action = new HelpWithExamples(usual);
    }

    /// <summary>The examples in the help of a command.</summary>
    public static IReadOnlyList<string> Of(Command command) => command is CommandWithExamples own
        ? own.Examples
        : [.. command.Subcommands.OfType<CommandWithExamples>().Select(below => below.Examples[0])];

    public override int Invoke(ParseResult parseResult)
    {
        int code = usual.Invoke(parseResult);
        IReadOnlyList<string> examples = Of(parseResult.CommandResult.Command);
        if (examples.Count == 0) return code;
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (string example in examples) output.WriteLine($"  {example}");
        output.WriteLine();
        return code;
    }
}
