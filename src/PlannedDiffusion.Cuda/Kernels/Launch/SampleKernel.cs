using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Launch;

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
    public int Bucket;
}

/// <summary>
/// Draws a token from each candidate's row of logits and computes the model's confidence in it. The first kernel reads
/// slices of the rows once. The second one combines the slices.
/// </summary>
internal sealed class SampleKernel
{
    /// <summary>The largest vocabulary. A warp has one lane for each slice.</summary>
    public const int MaxVocabulary = MaxSlices * SliceSize;

    private const int MaxSlices = 32;
    private const int SliceSize = 10240;
    private const int SliceThreads = 256;
    private const int SliceBytes = 48;
    private const int ListBytes = 256 * sizeof(ulong);
    private const int Threads = 512;

    private readonly CudaFunction _slices;
    private readonly CudaFunction _sample;

    public SampleKernel(KernelLibrary library, KernelOptions options)
    {
        CudaModule module = library.Load("sample.cu", options);
        _slices = module.GetFunction("sample_slices");
        _sample = module.GetFunction("sample");
    }

    /// <summary>Bytes of the workspace for this many candidates.</summary>
    public static long WorkspaceBytes(int vocabulary, int candidates) =>
        (long)SlicesOf(vocabulary) * candidates * (SliceBytes + ListBytes);

    /// <summary>Queues both kernels.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="parameters">The parameters of the kernels. This method sets slices and bucket.</param>
    /// <param name="candidates">The candidates of the bucket, at least those of the step.</param>
    public void Launch(CudaStream stream, in SampleParameters parameters, int candidates)
    {
        LaunchSlices(stream, parameters, candidates);
        LaunchSample(stream, parameters, candidates);
    }

    /// <summary>Queues the first kernel, which reads the rows.</summary>
    internal void LaunchSlices(CudaStream stream, SampleParameters parameters, int candidates)
    {
        parameters.Slices = SlicesOf(parameters.Vocabulary);
        parameters.Bucket = candidates;
        _slices.Launch(stream, new Dim3(parameters.Slices, candidates), new Dim3(SliceThreads), 0, parameters);
    }

    /// <summary>Queues the second kernel, which draws the tokens.</summary>
    internal void LaunchSample(CudaStream stream, SampleParameters parameters, int candidates)
    {
        parameters.Slices = SlicesOf(parameters.Vocabulary);
        parameters.Bucket = candidates;
        _sample.Launch(stream, new Dim3(candidates), new Dim3(Threads), 0, parameters);
    }

    private static int SlicesOf(int vocabulary)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vocabulary, MaxVocabulary);
        return (vocabulary + SliceSize - 1) / SliceSize;
    }
}
