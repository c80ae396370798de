using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels;

/// <summary>The mirror of <c>SampleParameters</c> in <c>kernels/sample.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SampleParameters
{
    public ulong DrawnTokens;
    public ulong DrawnConfidences;
    public ulong Workspace;
    public ulong Logits;
    public ulong Tokens;
    public ulong Candidates;
    public ulong Groups;
    public ulong Header;
    public int Vocabulary;
    public int Stride;
    public int MaskToken;
    public int Slices;
}

/// <summary>Draws a token from each candidate's row of logits, and says how certain the model is of it.</summary>
internal sealed class SampleKernel(KernelLibrary library, KernelOptions options)
{
    private const int Threads = 512;

    private readonly CudaFunction _function = library.Load("sample.cu", options).GetFunction("sample");

    /// <summary>What the workspace of so many candidates takes.</summary>
    public static long WorkspaceBytes(int vocabulary, int candidates) => (long)SlicesOf(vocabulary) * candidates * 2048;

    /// <param name="stream">Where it is queued.</param>
    /// <param name="parameters">What the kernel is told; the number of slices is filled in here.</param>
    /// <param name="candidates">The bucket: at least as many as the step has.</param>
    public void Launch(CudaStream stream, SampleParameters parameters, int candidates)
    {
        parameters.Slices = SlicesOf(parameters.Vocabulary);
        _function.Launch(stream, new Dim3(candidates), new Dim3(Threads), 0, parameters);
    }

    private static int SlicesOf(int vocabulary) => (vocabulary + 10239) / 10240;
}
