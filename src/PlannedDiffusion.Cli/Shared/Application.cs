using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Cli.Shared;

/// <summary>
/// Parses and runs a command line. Every failure becomes one line and an exit code.
/// </summary>
internal static class Application
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int Usage = 2;
    public const int Cancelled = 130;

    // An argument that begins with @ is text, not the name of a file with further arguments.
    private static readonly ParserConfiguration Grammar = new() { ResponseFileTokenReplacer = null };

    /// <param name="name">Name of the program. Its messages begin with it.</param>
    /// <param name="root">Commands of the program.</param>
    /// <param name="args">The arguments.</param>
    /// <param name="terminal">The streams that it reads and writes.</param>
    /// <param name="cancellation">Ends the command after the step in progress.</param>
    public static async Task<int> RunAsync(
        string name, RootCommand root, string[] args, Terminal terminal, CancellationToken cancellation)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture; // print numbers as options take them
        root.Directives.Clear(); // no [suggest] and the like before a command
        OptionGrammar.ApplyTo(root);
        HelpWithExamples.ApplyTo(root);
        ParseResult parse = root.Parse(args, Grammar);
        string? problem = OptionGrammar.FlagWithValue(parse.CommandResult.Command, args) is { } flag
            ? $"{flag} takes no value"
            : OptionGrammar.UnknownOption(parse.CommandResult, args) is { } unknown
            ? $"{unknown} is not an option here; put text that begins with -- after --"
            : parse.Action is ParseErrorAction ? Problem(parse) : null;
        if (problem is not null)
        {
            string path = string.Join(' ', Path(name, parse.CommandResult));
            return Report(name, terminal, $"{problem}; see {path} --help", Usage);
        }

        try
        {
            return await InvokeAsync(parse, terminal, cancellation);
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            // After a cancellation any other failure, such as a closed terminal, is only a consequence.
            terminal.ShowCursor();
            return Report(name, terminal, "cancelled", Cancelled);
        }
        catch (UsageException e)
        {
            return Report(name, terminal, e.Message, Usage);
        }
        catch (Exception e)
        {
            return Report(name, terminal, Failures.Describe(e), Failure);
        }
    }

    private static async Task<int> InvokeAsync(ParseResult parse, Terminal terminal, CancellationToken cancellation)
    {
        var configuration = new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null, // the caller handles the signals
        };
        Task<int> run = Task.Run(() => parse.InvokeAsync(configuration, cancellation), CancellationToken.None);
        try
        {
            return await run.WaitAsync(cancellation);
        }
        catch (OperationCanceledException) when (!run.IsCompleted)
        {
            // Most commands notice the cancellation. One that waits for a pipe never would.
            TimeSpan grace = (parse.CommandResult.Command as CommandWithExamples)?.Grace ?? TimeSpan.FromSeconds(3);
            await Task.WhenAny(run, Task.Delay(grace, CancellationToken.None));
            if (!run.IsCompleted) throw;
            return await run;
        }
    }

    // The parser may report several errors. Those about what was typed, an unknown command or a bad value, are more
    // helpful than those about what is missing.
    private static string Problem(ParseResult parse) => parse.UnmatchedTokens is [string token, ..]
        ? $"'{token}' is not a command, option or argument here"
        : (parse.Errors.FirstOrDefault(error => error.SymbolResult is OptionResult { Tokens.Count: > 0 })
            ?? parse.Errors[0]).Message.TrimEnd('.');

    private static int Report(string name, Terminal terminal, string message, int code)
    {
        terminal.Error.WriteLine($"{name}: {VisibleText.OneLine(message.ReplaceLineEndings(" "))}");
        return code;
    }

    private static IEnumerable<string> Path(string name, SymbolResult? result) => result is CommandResult command
        ? [.. Path(name, command.Parent), command.Command is RootCommand ? name : command.Command.Name]
        : [];
}
