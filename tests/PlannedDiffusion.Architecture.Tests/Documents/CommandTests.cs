using System.CommandLine;
using PlannedDiffusion.Architecture.Tests.Rules;
using PlannedDiffusion.Bench;
using PlannedDiffusion.Cli;
using PlannedDiffusion.Cli.Shared.Streams;
using Xunit;

namespace PlannedDiffusion.Architecture.Tests.Documents;

/// <summary>Every command that a page shows is one, and every option.</summary>
public sealed class CommandTests
{
    /// <summary>Options of other programs, in pages that are about ours.</summary>
    private static readonly string[] Foreign = ["--filter", "--help", "--target"];

    private static readonly Dictionary<string, RootCommand> Roots = new()
    {
        [PdCommand.Name] = PdCommand.Create(Terminal.System()),
        [BenchCommand.Name] = BenchCommand.Create(Terminal.System()),
    };

    private static readonly HashSet<string> Options =
        [.. Roots.Values.SelectMany(WithChildren).SelectMany(OptionNames)];

    [Fact]
    public void CommandsInBlocksParse()
    {
        (string Place, (string Program, string[] Arguments) Command)[] commands =
        [
            .. from page in Page.All
            from block in page.Blocks
            where block.Language == "sh"
            from command in ShellCommand.In(block)
            let ours = command.Ours()
            where ours is not null
            select ($"{page.Name}:{command.Line}", ours.Value),
        ];
        Assert.True(commands.Length > 30);
        Expect.None(commands.SelectMany(one => Problems(one.Command.Program, one.Command.Arguments)
            .Select(problem => $"{one.Place}: {problem}")));
    }

    /// <summary>In the text commands are shortened: what they need may be missing, but no name is wrong.</summary>
    [Fact]
    public void CommandsInTheTextExist()
    {
        Expect.None(
            from page in Page.All
            where page.Name is not "CHANGELOG.md"
            from span in page.CodeSpans
            let command = new ShellCommand(span.Number, ShellCommand.Divide(span.Text.Replace(" …", "")))
            where command.Words.Count > 1 && Roots.ContainsKey(command.Words[0])
            from problem in UnknownNames(Roots[command.Words[0]], [.. command.Words.Skip(1)])
            select $"{page.Name}:{span.Number}: {problem}");
    }

    [Fact]
    public void OptionsInTheTextExist()
    {
        Expect.None(
            from page in Page.All
            where page.Name is "README.md" or "bench/README.md" || page.Folder == "docs"
            from span in page.CodeSpans
            where IsOption(span.Text)
            from word in ShellCommand.Divide(span.Text)
            where IsOption(word) && !Options.Contains(word) && !Foreign.Contains(word)
            select $"{page.Name}:{span.Number}: {word}");
    }

    private static IEnumerable<string> Problems(string program, string[] arguments)
    {
        RootCommand root = Roots[program];
        return root.Parse(arguments).Errors.Select(error => error.Message).Concat(UnknownNames(root, arguments));
    }

    /// <summary>A name of no command, or an option that the command does not have.</summary>
    private static IEnumerable<string> UnknownNames(RootCommand root, string[] arguments)
    {
        Command? command = root.Subcommands.FirstOrDefault(one => one.Name == arguments[0] && !one.Hidden);
        if (command is null) return [$"{arguments[0]} is no command"];
        return arguments.TakeWhile(word => word != "--")
            .Where(word => IsOption(word) && word != "--help" && !OptionNames(command).Contains(word))
            .Select(word => $"{command.Name} has no {word}");
    }

    private static bool IsOption(string word) => word.StartsWith("--", StringComparison.Ordinal) && word.Length > 2;

    private static IEnumerable<Command> WithChildren(Command command) =>
        command.Subcommands.Where(inner => !inner.Hidden).SelectMany(WithChildren).Prepend(command);

    private static IEnumerable<string> OptionNames(Command command) =>
        command.Options.SelectMany(option => option.Aliases.Prepend(option.Name));
}
