using System.Globalization;
using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>The mirror of <c>RopeStoreKvParameters</c> in <c>kernels/rope_store_kv.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RopeStoreKvParameters
{
    public ulong Query;
    public ulong Keys;
    public ulong Values;
    public ulong Product;
    public ulong Bias;
    public ulong Rotary;
    public ulong Rows;
    public ulong Header;
    public ulong Writes; // or 0: all rows write
    public int Splits;
    public int Bucket;
    public int Width;
    public int Heads;
    public int KvHeads;
    public int PoolPositions;
}

/// <summary>
/// Sums the product of the stacked query, key and value matrix, adds the bias, rotates queries and keys, and puts keys
/// and values into the pool. The options define HEAD_SIZE.
/// </summary>
internal sealed class RopeStoreKvKernel(KernelLibrary library, KernelOptions options)
{
    private const int Threads = 128;

    private readonly int _threadsPerHead = ThreadsPerHead(
        int.Parse(options.Defines["HEAD_SIZE"], CultureInfo.InvariantCulture));

    private readonly CudaFunction _function = library.Load("rope_store_kv.cu", options).GetFunction("rope_store_kv");

    /// <param name="stream">Where it is queued.</param>
    /// <param name="parameters">What the kernel is told.</param>
    /// <param name="rows">The bucket: at least as many as the step has.</param>
    public void Launch(CudaStream stream, in RopeStoreKvParameters parameters, int rows)
    {
        int threads = (parameters.Heads + 2 * parameters.KvHeads) * _threadsPerHead;
        _function.Launch(stream, new Dim3((threads + Threads - 1) / Threads, rows), new Dim3(Threads), 0, parameters);
    }

    // A thread turns four pairs, or one where heads are not aligned to that.
    private static int ThreadsPerHead(int headSize) => headSize % 8 == 0 ? headSize / 8 : headSize / 2;
}
