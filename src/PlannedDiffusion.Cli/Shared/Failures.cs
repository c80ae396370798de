using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Cli.Shared;

/// <summary>Describes failures to users of the command line, without names of .NET types.</summary>
internal static class Failures
{
    public static string Describe(Exception failure)
    {
        Exception cause = IsWrapper(failure) ? failure.GetBaseException() : failure;
        return cause switch
        {
            OutOfMemoryException => "there is not enough memory",
            ArgumentException or RunnerCapacityException => OptionMessages.Of(cause),
            _ when IsDocumented(cause) => cause.Message,
            _ => $"internal error: {cause.Message}",
        };
    }

    // The exceptions that the libraries document, and those of file operations.
    private static bool IsDocumented(Exception e) =>
        e is IOException or InvalidDataException or UnauthorizedAccessException or FormatException
            or InvalidOperationException or NotSupportedException or TimeoutException or TokenizerException
            or KernelCompilationException or CudaLibraryException or CudaException;

    private static bool IsWrapper(Exception e) => e is AggregateException or TypeInitializationException;
}
