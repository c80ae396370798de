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
    public ulong Writes; // 0: all rows write
    public int Splits;
    public int Bucket;
    public int Width;
    public int Heads;
    public int KvHeads;
    public int PoolPositions;
}

/// <summary>
/// Adds the splits of the product of query, key and value, and the bias. Rotates queries and keys. Stores keys and
/// values in the K/V pool. The options define HEAD_SIZE.
/// </summary>
internal sealed class RopeStoreKvKernel(KernelLibrary library, KernelOptions options)
{
    private const int Threads = 128;

    private readonly int _threadsPerHead = ThreadsPerHead(
        int.Parse(options.Defines["HEAD_SIZE"], CultureInfo.InvariantCulture));

    private readonly CudaFunction _function = library.Load("rope_store_kv.cu", options).GetFunction("rope_store_kv");

    /// <summary>Queues the kernel.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="parameters">The parameters of the kernel.</param>
    /// <param name="rows">The rows of the bucket, at least those of the step.</param>
    public void Launch(CudaStream stream, in RopeStoreKvParameters parameters, int rows)
    {
        int threads = (parameters.Heads + 2 * parameters.KvHeads) * _threadsPerHead;
        _function.Launch(stream, new Dim3((threads + Threads - 1) / Threads, rows), new Dim3(Threads), 0, parameters);
    }

    // A thread rotates four pairs, or one pair if the head size is not a multiple of 8.
    private static int ThreadsPerHead(int headSize) => headSize % 8 == 0 ? headSize / 8 : headSize / 2;
}
