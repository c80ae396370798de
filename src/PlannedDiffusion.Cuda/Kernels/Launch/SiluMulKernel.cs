using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>The mirror of <c>SiluMulParameters</c> in <c>kernels/silu_mul.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SiluMulParameters
{
    public ulong Out;
    public ulong Product;
    public int Rows;
    public int Width;
    public int Splits;
}

/// <summary>Computes SiLU(gate) · up from a product with interleaved columns.</summary>
internal sealed class SiluMulKernel(KernelLibrary library, KernelOptions options)
{
    private const int Threads = 256;
    private const int ThreadOutputs = 4;

    private readonly CudaFunction _function = library.Load("silu_mul.cu", options).GetFunction("silu_mul");

    public void Launch(CudaStream stream, in SiluMulParameters parameters)
    {
        int blocks = (parameters.Width + Threads * ThreadOutputs - 1) / (Threads * ThreadOutputs);
        _function.Launch(stream, new Dim3(parameters.Rows, blocks), new Dim3(Threads), 0, parameters);
    }
}
