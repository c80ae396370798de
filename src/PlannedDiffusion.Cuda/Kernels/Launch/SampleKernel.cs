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
/// Draws a token from each candidate's row of logits, and says how certain the model is of it: first by slices of the
/// rows, which are read once, then by putting the slices together.
/// </summary>
internal sealed class SampleKernel
{
    /// <summary>The largest vocabulary: a lane of a warp for each slice.</summary>
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

    /// <summary>What the workspace of so many candidates takes.</summary>
    public static long WorkspaceBytes(int vocabulary, int candidates) =>
        (long)SlicesOf(vocabulary) * candidates * (SliceBytes + ListBytes);

    /// <param name="stream">Where it is queued.</param>
    /// <param name="parameters">What the kernels are told; slices and bucket are filled in here.</param>
    /// <param name="candidates">The bucket: at least as many as the step has.</param>
    public void Launch(CudaStream stream, in SampleParameters parameters, int candidates)
    {
        LaunchSlices(stream, parameters, candidates);
        LaunchSample(stream, parameters, candidates);
    }

    /// <summary>The first half: reads the rows.</summary>
    internal void LaunchSlices(CudaStream stream, SampleParameters parameters, int candidates)
    {
        parameters.Slices = SlicesOf(parameters.Vocabulary);
        parameters.Bucket = candidates;
        _slices.Launch(stream, new Dim3(parameters.Slices, candidates), new Dim3(SliceThreads), 0, parameters);
    }

    /// <summary>The second half: draws.</summary>
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
