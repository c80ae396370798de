namespace PlannedDiffusion.Cuda.Interop;

/// <summary>
/// A native library is missing or too old. The message says what was tried and how to name a library.
/// </summary>
public sealed class CudaLibraryException : Exception
{
    internal CudaLibraryException(string message)
        : base(message)
    {
    }
}
