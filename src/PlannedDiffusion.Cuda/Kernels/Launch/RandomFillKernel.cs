using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>The mirror of <c>RandomFillParameters</c> in <c>kernels/random_fill.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RandomFillParameters
{
    public ulong Out;
    public ulong Seed;
    public int Rows;
    public int Columns;
    public int Stride;
    public int IsFloat;
    public float Mean;
    public float Range;
}

/// <summary>Writes random numbers on the device, for benchmarks.</summary>
internal sealed class RandomFillKernel(KernelLibrary library, KernelOptions options)
{
    private const int Threads = 256;
    private const int BlocksPerMultiprocessor = 8;

    private readonly CudaFunction _function = library.Load("random_fill.cu", options).GetFunction("random_fill");
    private readonly int _mostBlocks = BlocksPerMultiprocessor * library.Device.Multiprocessors;

    public void Launch(CudaStream stream, in RandomFillParameters parameters)
    {
        long blocks = ((long)parameters.Rows * parameters.Columns + Threads - 1) / Threads;
        if (blocks == 0) return;
        _function.Launch(stream, new Dim3((int)Math.Min(blocks, _mostBlocks)), new Dim3(Threads), 0, parameters);
    }
}
