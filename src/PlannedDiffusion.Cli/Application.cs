using System.CommandLine;
using System.CommandLine.Invocation;
using PlannedDiffusion.Cli.Commands;

namespace PlannedDiffusion.Cli;

/// <summary>The command <c>pd</c>: parses, runs, and turns every failure into one line and an exit code.</summary>
internal static class Application
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int Usage = 2;
    public const int Cancelled = 130;

    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancellation)
    {
        ParseResult parse = CreateRoot(terminal).Parse(args);
        if (parse.Action is ParseErrorAction)
        {
            string path = string.Join(' ', Path(parse.CommandResult));
            return Report(terminal, $"{Problem(parse)}; see {path} --help", Usage);
        }

        var configuration = new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null, // the caller owns the signals
        };
        try
        {
            return await parse.InvokeAsync(configuration, cancellation);
        }
        catch (OperationCanceledException)
        {
            return Report(terminal, "cancelled", Cancelled);
        }
        catch (UsageException e)
        {
            return Report(terminal, e.Message, Usage);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException
            or InvalidOperationException or NotSupportedException or Tokenization.TokenizerException
            or Cuda.Interop.CudaLibraryException or Cuda.Interop.CudaException)
        {
            return Report(terminal, e.Message, Failure);
        }
        catch (Exception e)
        {
            // Not foreseen, so the type is of use; still one line, for scripts.
            return Report(terminal, $"{e.GetType().Name}: {e.Message}", Failure);
        }
    }

    private static RootCommand CreateRoot(Terminal terminal) =>
        new("Planned diffusion: a model plans its answer, then writes all parts of it in parallel.")
        {
            GenerateCommand.Create(terminal),
            InspectCommand.Create(terminal),
            TokenizeCommand.Create(terminal),
            ProfileCommand.Create(terminal),
            WarmCommand.Create(terminal),
            BenchCommand.Create(terminal),
            EvalCommand.Create(terminal),
        };

    // A command that does not exist also leaves out the required one; the former says more.
    private static string Problem(ParseResult parse) => parse.UnmatchedTokens is [string token, ..]
        ? $"'{token}' is not a command, option or argument here"
        : parse.Errors[0].Message.TrimEnd('.');

    private static int Report(Terminal terminal, string message, int code)
    {
        terminal.Error.WriteLine($"pd: {message.ReplaceLineEndings(" ")}");
        return code;
    }

    private static IEnumerable<string> Path(System.CommandLine.Parsing.SymbolResult? result)
    {
        if (result is not System.CommandLine.Parsing.CommandResult command) return [];
        string name = command.Command is RootCommand ? "pd" : command.Command.Name;
        return [.. Path(command.Parent), name];
    }
}
