using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Cpu.Simd;
using PlannedDiffusion.Cpu.Threads;
using PlannedDiffusion.Diagnostics;

namespace PlannedDiffusion.Cpu;

/// <summary>
/// Measures how fast all threads together stream from memory and multiply in registers, with the widest vectors and the
/// same thread pool as steps.
/// </summary>
public sealed class MachineProbe : IDisposable
{
    private const int MultiplyAddRounds = 1 << 18;
    private readonly NativeBuffer _buffer;
    private readonly WorkerPool _pool;

    /// <summary>Reserves a buffer, which must be much larger than the last-level cache.</summary>
    /// <param name="threads">0 for as many as there are physical cores.</param>
    /// <param name="bufferBytes">The size of the buffer; a quarter of a gigabyte by default.</param>
    public MachineProbe(int threads = 0, int bufferBytes = 256 << 20)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        WorkerPool.CheckCount(threads);
        _pool = new WorkerPool(threads > 0 ? threads : PhysicalCores.Count);
        _buffer = NativeBuffer.AllocateUninitialized(bufferBytes);
        Fill(); // unwritten memory would be one page of zeros, in the cache
    }

    /// <summary>Runs both probes and takes the best of some repetitions.</summary>
    public MachineLimits Measure(int repetitions = 5)
    {
        var stream = new StreamJob(_buffer, _pool.Threads);
        var multiplyAdd = new MultiplyAddJob(_pool.Threads);
        double streamSeconds = Best(stream, repetitions), multiplySeconds = Best(multiplyAdd, repetitions);
        return new MachineLimits(
            _pool.Threads,
            _buffer.Bytes / streamSeconds / 1e9,
            _pool.Threads * MultiplyAddJob.FlopsPerThread / multiplySeconds / 1e9);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pool.Dispose();
        _buffer.Dispose();
    }

    private unsafe void Fill() => NativeMemory.Fill(_buffer.Data, (nuint)_buffer.Bytes, 0);

    private double Best(ISpmdJob job, int repetitions)
    {
        _pool.Run(job);
        double best = double.PositiveInfinity;
        for (int i = 0; i < repetitions; i++)
        {
            long start = Stopwatch.GetTimestamp();
            _pool.Run(job);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private sealed unsafe class StreamJob(NativeBuffer buffer, int threads) : ISpmdJob
    {
        private const int BlockBytes = 1 << 23;
        private readonly float[] _sums = new float[threads];

        /// <summary>
        /// The threads read long blocks in turns, much like weights. Short blocks break the hardware's prefetching: on
        /// two cores of Zen 4, 56 GB/s with 8 MB, 53 with 1 MB, 44 with 128 KB.
        /// </summary>
        public void Run(int thread)
        {
            float sum = 0;
            for (nint block = thread; block < buffer.Bytes / BlockBytes; block += threads)
            {
                float* from = (float*)(buffer.Data + block * BlockBytes);
                sum += Stream(from, from + BlockBytes / sizeof(float));
            }

            _sums[thread] = sum;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static float Stream(float* from, float* end)
        {
            Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
            for (; from < end; from += 64)
            {
                s0 += Vector512.Load(from);
                s1 += Vector512.Load(from + 16);
                s2 += Vector512.Load(from + 32);
                s3 += Vector512.Load(from + 48);
            }

            return Vector512.Sum(s0 + s1 + s2 + s3);
        }
    }

    private sealed class MultiplyAddJob(int threads) : ISpmdJob
    {
        private readonly float[] _sums = new float[threads];

        public static double FlopsPerThread => 2.0 * MultiplyAddRounds * 12 * Lanes;

        private static int Lanes => SimdSupport.Widest switch
        {
            SimdWidth.Bits512 => 16,
            SimdWidth.Bits256 => 8,
            _ => 4,
        };

        public void Run(int thread) => _sums[thread] = SimdSupport.Widest switch
        {
            SimdWidth.Bits512 => MultiplyAdd<Simd512, Vector512<float>>(),
            SimdWidth.Bits256 => MultiplyAdd<Simd256, Vector256<float>>(),
            _ => MultiplyAdd<Simd128, Vector128<float>>(),
        };

        /// <summary>Twelve chains hide the latency of two multipliers.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static unsafe float MultiplyAdd<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            TVector factor = TSimd.Broadcast(0.5f), addend = TSimd.Broadcast(1);
            TVector c0 = addend, c1 = addend, c2 = addend, c3 = addend, c4 = addend, c5 = addend;
            TVector c6 = addend, c7 = addend, c8 = addend, c9 = addend, cA = addend, cB = addend;
            for (int i = 0; i < MultiplyAddRounds; i++)
            {
                c0 = TSimd.MultiplyAdd(c0, factor, addend);
                c1 = TSimd.MultiplyAdd(c1, factor, addend);
                c2 = TSimd.MultiplyAdd(c2, factor, addend);
                c3 = TSimd.MultiplyAdd(c3, factor, addend);
                c4 = TSimd.MultiplyAdd(c4, factor, addend);
                c5 = TSimd.MultiplyAdd(c5, factor, addend);
                c6 = TSimd.MultiplyAdd(c6, factor, addend);
                c7 = TSimd.MultiplyAdd(c7, factor, addend);
                c8 = TSimd.MultiplyAdd(c8, factor, addend);
                c9 = TSimd.MultiplyAdd(c9, factor, addend);
                cA = TSimd.MultiplyAdd(cA, factor, addend);
                cB = TSimd.MultiplyAdd(cB, factor, addend);
            }

            TVector sum = TSimd.Add(TSimd.Add(TSimd.Add(c0, c1), TSimd.Add(c2, c3)), TSimd.Add(c4, c5));
            sum = TSimd.Add(sum, TSimd.Add(TSimd.Add(TSimd.Add(c6, c7), TSimd.Add(c8, c9)), TSimd.Add(cA, cB)));
            float* lanes = stackalloc float[16];
            TSimd.Store(sum, lanes);
            return lanes[0];
        }
    }
}
