using System.Text.Json;
using PlannedDiffusion.Cli.Commands;
using PlannedDiffusion.Cli.Streams;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Cli;

/// <summary>What went wrong, in words for whoever typed the command: no names of .NET types.</summary>
internal static class Failures
{
    private const int MostQuoted = 400; // characters of a message that may repeat any piece of a file

    public static string Describe(Exception failure)
    {
        Exception cause = IsWrapper(failure) ? failure.GetBaseException() : failure;
        return cause switch
        {
            OutOfMemoryException => "there is not enough memory",
            ArgumentException or RunnerCapacityException => KnobOptions.Describe(cause),
            _ when IsDocumented(cause) => cause.Message,
            _ => $"internal error: {cause.Message}",
        };
    }

    /// <summary>The message without the name of the parameter behind it.</summary>
    public static string Message(ArgumentException e) =>
        e.ParamName is { } name ? e.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : e.Message;

    /// <summary>What is wrong with a JSON text, and on which of its lines, counted from 0.</summary>
    public static (long Line, string Problem) Describe(JsonException e)
    {
        const string Misses = "missing required properties including: ";
        string message = e.Message;
        int place = message.IndexOf(" Path: $", StringComparison.Ordinal); // then line and byte, or those alone
        if (place < 0) place = message.IndexOf(" LineNumber: ", StringComparison.Ordinal);
        if (message.IndexOf(Misses, StringComparison.Ordinal) is >= 0 and int missing)
            message = $"lacks {message[(missing + Misses.Length)..].TrimEnd('.')}";
        else if (message.Contains(" could not be converted to ", StringComparison.Ordinal))
            message = $"{e.Path ?? "$"} is not what belongs there";
        else if (place >= 0)
            message = message[..place];
        if (message.Length > MostQuoted) message = $"{message[..MostQuoted]}...";
        return (e.LineNumber ?? 0, VisibleText.OneLine(message.ReplaceLineEndings(" ")));
    }

    // What the libraries say that they throw, and what the system says of files.
    private static bool IsDocumented(Exception e) =>
        e is IOException or InvalidDataException or UnauthorizedAccessException or FormatException
            or InvalidOperationException or NotSupportedException or TimeoutException or TokenizerException
            or KernelCompilationException or CudaLibraryException or CudaException;

    private static bool IsWrapper(Exception e) => e is AggregateException or TypeInitializationException;
}
