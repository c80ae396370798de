using System.Diagnostics;
using PlannedDiffusion.Cpu.Threads;

namespace PlannedDiffusion.Bench.Host;

/// <summary>An operation to time, with its work and traffic.</summary>
/// <param name="Flops">Floating-point operations of a call.</param>
/// <param name="Bytes">Bytes that a call has to move from or to memory.</param>
/// <param name="Sets">Number of input sets. Calls take them in turn, so that no cache holds the next one.</param>
/// <param name="Run">Runs the part of one thread on one set. Arguments: thread, set.</param>
internal sealed record TimedOp(double Flops, double Bytes, int Sets, Action<int, int> Run);

/// <summary>Times of a call, in microseconds.</summary>
internal readonly record struct OpTime(double Median, double P95, int Calls);

/// <summary>
/// Times operations on a worker pool like that of steps. A sample of a short operation has several calls, one after the
/// other on each thread, so that the cost of the clock and of starting the threads does not count.
/// </summary>
internal sealed class OpTimer(WorkerPool pool, int repetitions)
{
    private const double ShortestSampleMicroseconds = 200;
    private const int MostCalls = 1 << 16;

    /// <summary>
    /// Measures operations in turn, so that a change of the machine's speed affects all of them.
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

    /// <summary>Finds the number of calls that take long enough for one sample.</summary>
    private int Calibrate(TimedOp op)
    {
        Sample(op, 1, 0); // warm-up: compilation and cold memory
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
