using System.Runtime.ExceptionServices;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cpu.Threads;

/// <summary>
/// Persistent threads that run one job together, with barriers inside it. The caller is thread 0. Between jobs the
/// workers spin for a moment, because the next step usually follows at once, and then sleep.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    /// <summary>
    /// Pauses before a thread that waits for others yields its core: some tens of microseconds. Longer would help where
    /// other programs took the core of the one that is waited for; but a busy system also puts both on one core, and
    /// then every barrier lasts that long (measured: 42 ms instead of 2.8 for a step of 0.1 ms).
    /// </summary>
    private const int Spins = 1000;

    /// <summary>Pauses of a worker without a job before it sleeps: about a tenth of a millisecond.</summary>
    private const int IdleSpins = 4000;

    private readonly Thread[] _workers;
    private readonly object _gate = new();
    private readonly SpinBarrier _barrier;
    private readonly int _spins, _idleSpins;
    private ISpmdJob? _job;
    private Exception? _failure;
    private int _round, _running, _sleeping;
    private bool _stopping;

    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
        // More threads than processors: waiting on the core keeps the one that is waited for from running.
        (_spins, _idleSpins) = threads > Environment.ProcessorCount ? (1, 1) : (Spins, IdleSpins);
        _barrier = new SpinBarrier(threads, _spins);
        _workers = new Thread[threads - 1];
        for (int i = 0; i < _workers.Length; i++)
        {
            int thread = i + 1;
            _workers[i] = new Thread(() => Work(thread)) { IsBackground = true, Name = $"Planned diffusion {thread}" };
            _workers[i].Start();
        }
    }

    /// <summary>Threads cost memory and, where there are many more than processors, wait for each other.</summary>
    /// <exception cref="RunnerCapacityException">More than four for each logical processor: need and have.</exception>
    public static void CheckCount(int threads)
    {
        int processors = Environment.ProcessorCount, most = Math.Max(4, (int)Math.Min(4L * processors, int.MaxValue));
        if (threads > most)
        {
            throw new RunnerCapacityException(
                $"{threads} threads are asked for; {processors} logical processors are enough for {most}.");
        }
    }

    public int Threads { get; }

    /// <summary>Workers that sleep because there was no job for a while.</summary>
    public int SleepingWorkers => Volatile.Read(ref _sleeping);

    /// <summary>Worker threads that have not ended.</summary>
    public int LivingWorkers => _workers.Count(worker => worker.IsAlive);

    /// <summary>
    /// Runs a job on all threads and returns when all have finished; the first exception is thrown here.
    /// </summary>
    public void Run(ISpmdJob job)
    {
        if (Threads == 1)
        {
            job.Run(0);
            return;
        }

        _job = job;
        _running = _workers.Length;
        Interlocked.Increment(ref _round);
        if (Volatile.Read(ref _sleeping) > 0)
        {
            lock (_gate) Monitor.PulseAll(_gate);
        }

        RunPart(job, 0);
        for (int spin = 0; Volatile.Read(ref _running) > 0; spin++) SpinBarrier.Pause(spin, _spins);
        _job = null;
        Exception? failure = _failure;
        if (failure is null) return;
        _failure = null;
        _barrier.Reset();
        ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Waits, inside a job, until all threads have come here; throws if one of them never will.</summary>
    public void Barrier()
    {
        if (Threads > 1) _barrier.Wait();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        Interlocked.Increment(ref _round);
        foreach (Thread worker in _workers) worker.Join();
    }

    private void Work(int thread)
    {
        int seen = 0;
        while (true)
        {
            seen = WaitForRound(seen);
            if (Volatile.Read(ref _stopping)) return;
            RunPart(_job!, thread);
            Interlocked.Decrement(ref _running);
        }
    }

    private void RunPart(ISpmdJob job, int thread)
    {
        try
        {
            job.Run(thread);
        }
#pragma warning disable CA1031 // Whatever it is, the caller of Run gets it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref _failure, exception, null);
            _barrier.Abort();
        }
    }

    private int WaitForRound(int seen)
    {
        for (int spin = 0; spin < _idleSpins; spin++)
        {
            if (Volatile.Read(ref _round) != seen) return seen + 1;
            SpinBarrier.Pause(spin, _idleSpins);
        }

        lock (_gate)
        {
            // A full fence between announcing the sleep and looking: Run does both in the other order.
            Interlocked.Increment(ref _sleeping);
            while (Volatile.Read(ref _round) == seen && !_stopping) Monitor.Wait(_gate);
            Interlocked.Decrement(ref _sleeping);
        }

        return seen + 1;
    }
}
