namespace PlannedDiffusion.Cuda.Compilation;

/// <summary>A kernel could not be compiled. The message contains the compiler's whole log.</summary>
public sealed class KernelCompilationException : Exception
{
    internal KernelCompilationException(string file, IEnumerable<string> options, string log)
        : base($"{file} does not compile with {string.Join(' ', options)}:\n{log.Trim()}")
    {
        File = file;
        Log = log;
    }

    /// <summary>The kernel file.</summary>
    public string File { get; }

    /// <summary>The compiler's log.</summary>
    public string Log { get; }
}
