using System.Diagnostics;
using PlannedDiffusion.Cpu.Threads;

namespace PlannedDiffusion.Bench.Host;

/// <summary>An operation to time: what it reads, writes and computes, and its part on each thread.</summary>
/// <param name="Flops">Floating-point operations of a call.</param>
/// <param name="Bytes">Bytes that a call has to move from or to memory.</param>
/// <param name="Sets">Sets of inputs there are; calls take them in turn, so that no cache holds the next one.</param>
/// <param name="Run">A thread's part of a call on a set: thread, set.</param>
internal sealed record TimedOp(double Flops, double Bytes, int Sets, Action<int, int> Run);

/// <summary>Times of a call, in microseconds.</summary>
internal readonly record struct OpTime(double Median, double P95, int Calls);

/// <summary>
/// Times operations on the pool that steps run on. Short ones are called several times between two looks at the clock,
/// one after the other on each thread, so that neither the clock nor the start of the threads is measured.
/// </summary>
internal sealed class OpTimer(WorkerPool pool, int repetitions)
{
    private const double ShortestSampleMicroseconds = 200;
    private const int MostCalls = 1 << 16;

    /// <summary>
    /// Measures operations in turn, so that a change of the machine's mood meets all that are compared.
    /// </summary>
    public OpTime[] Measure(params TimedOp[] ops)
    {
        int[] calls = [.. ops.Select(Calibrate)];
        double[][] times = [.. ops.Select(_ => new double[repetitions])];
        for (int i = 0; i < repetitions; i++)
        {
            for (int op = 0; op < ops.Length; op++)
                times[op][i] = Sample(ops[op], calls[op], ((i * ops.Length) + op + 1) * calls[op]) / calls[op];
        }

        foreach (double[] sorted in times) Array.Sort(sorted);
        int p95 = (int)Math.Ceiling(0.95 * repetitions) - 1;
        return [.. times.Select((sorted, op) => new OpTime(sorted[repetitions / 2], sorted[p95], calls[op]))];
    }

    /// <summary>Calls that take long enough to be timed; makes as many.</summary>
    private int Calibrate(TimedOp op)
    {
        Sample(op, 1, 0); // compiles and touches
        int calls = 1;
        for (int next = 1; calls < MostCalls; calls *= 2)
        {
            if (Sample(op, calls, next) >= ShortestSampleMicroseconds) break;
            next += calls;
        }

        return calls;
    }

    private double Sample(TimedOp op, int calls, int first)
    {
        var job = new Calls(op, calls, first);
        long start = Stopwatch.GetTimestamp();
        pool.Run(job);
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    }

    private sealed class Calls(TimedOp op, int calls, int first) : ISpmdJob
    {
        public void Run(int thread)
        {
            for (int i = 0; i < calls; i++) op.Run(thread, (first + i) % op.Sets);
        }
    }
}
