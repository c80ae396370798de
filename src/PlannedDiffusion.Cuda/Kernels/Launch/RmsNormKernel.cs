using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>The mirror of <c>RmsNormParameters</c> in <c>kernels/rms_norm.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RmsNormParameters
{
    public ulong Out;
    public ulong Residual;
    public ulong Delta;
    public ulong Weight;
    public ulong Gather;
    public ulong Header;
    public int Splits;
    public int Bucket;
    public int Hidden;
    public int Width;
    public float Epsilon;
}

/// <summary>Adds the partial sums of the previous product to the residual stream and normalises it.</summary>
internal sealed class RmsNormKernel(KernelLibrary library, KernelOptions options)
{
    /// <summary>The longest row that a block can hold: 1024 threads with 16 values each.</summary>
    public const int MaxWidth = 16384;

    private const int Warp = 32;
    private const int MaxThreads = 1024;
    private const int ValuesPerAccess = 4;

    private readonly CudaFunction _function = library.Load("rms_norm.cu", options).GetFunction("rms_norm");

    /// <summary>Queues the kernel.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="parameters">The parameters of the kernel.</param>
    /// <param name="rows">The rows of the bucket. With <c>Gather</c> they are the listed rows.</param>
    public void Launch(CudaStream stream, in RmsNormParameters parameters, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(parameters.Width, MaxWidth);
        int threads = (parameters.Width / ValuesPerAccess + Warp - 1) / Warp * Warp;
        _function.Launch(stream, new Dim3(rows), new Dim3(Math.Min(threads, MaxThreads)), 0, parameters);
    }
}
