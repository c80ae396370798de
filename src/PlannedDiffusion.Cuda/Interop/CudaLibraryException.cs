namespace PlannedDiffusion.Cuda.Interop;

/// <summary>A native library is missing or too old; the message tells what was tried and how to point to one.</summary>
public sealed class CudaLibraryException : Exception
{
    internal CudaLibraryException(string message)
        : base(message)
    {
    }
}
