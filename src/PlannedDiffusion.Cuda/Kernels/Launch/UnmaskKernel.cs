using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>The mirror of <c>UnmaskParameters</c> in <c>kernels/unmask.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct UnmaskParameters
{
    public ulong Tokens;
    public ulong Confidences;
    public ulong MasksLeft;
    public ulong Carry;
    public ulong DrawnTokens;
    public ulong DrawnConfidences;
    public ulong Candidates;
    public ulong Groups;
    public ulong Header;
}

/// <summary>Ranks the candidates of each group and reveals tokens by the rule of the group.</summary>
internal sealed class UnmaskKernel(KernelLibrary library, KernelOptions options)
{
    private const int Threads = 512;

    private readonly CudaFunction _function = library.Load("unmask.cu", options).GetFunction("unmask");

    /// <summary>Queues the kernel.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="parameters">The parameters of the kernel.</param>
    /// <param name="groups">The number of blocks. They take the groups of the step in turn.</param>
    public void Launch(CudaStream stream, in UnmaskParameters parameters, int groups) =>
        _function.Launch(stream, new Dim3(groups), new Dim3(Threads), 0, parameters);
}
