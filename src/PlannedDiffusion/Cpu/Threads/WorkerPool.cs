using System.Runtime.ExceptionServices;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cpu.Threads;

/// <summary>
/// Persistent threads that run one job together, with barriers inside it. The caller is thread 0. After a job the
/// workers spin for a moment, because the next step usually follows at once, and then sleep.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    /// <summary>
    /// Pauses before a waiting thread sleeps: some tens of microseconds. With more, a busy system that has put both
    /// threads on one core makes every barrier take the full wait (measured: 42 ms instead of 2.8 for a step of 0.1
    /// ms).
    /// </summary>
    private const int Spins = 1000;

    /// <summary>Pauses of a worker without a job before it sleeps: about a tenth of a millisecond.</summary>
    private const int IdleSpins = 4000;

    private readonly Thread[] _workers;
    private readonly Parking _idle = new(), _caller = new();
    private readonly SpinBarrier _barrier;
    private readonly int _spins, _idleSpins;
    private ISpmdJob? _job;
    private Exception? _failure;
    private int _round, _finished, _running;
    private bool _stopping;

    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
        // With more threads than processors, a spinning thread may keep the awaited thread from running.
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

    /// <summary>
    /// Refuses too many threads: they cost memory, and many more than processors only wait for each other.
    /// </summary>
    /// <exception cref="RunnerCapacityException">
    /// There are more than four for each logical processor. The message has both numbers.
    /// </exception>
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

    /// <summary>Number of workers that sleep because there was no job for a while.</summary>
    public int SleepingWorkers => _idle.Count;

    /// <summary>Number of threads that sleep in a job, or at its end, until another one has come so far.</summary>
    public int ParkedThreads => _barrier.Parked + _caller.Count;

    /// <summary>Number of worker threads that have not ended.</summary>
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
        int finished = _finished; // before the workers begin
        BeginRound();
        RunPart(job, 0);
        _caller.WaitWhile(ref _finished, finished, _spins);
        _job = null;
        Exception? failure = _failure;
        if (failure is null) return;
        _failure = null;
        _barrier.Reset();
        ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>
    /// Waits, inside a job, until all threads have reached the barrier. Throws if a thread has failed.
    /// </summary>
    public void Barrier()
    {
        if (Threads > 1) _barrier.Wait();
    }

    public void Dispose()
    {
        Volatile.Write(ref _stopping, true);
        BeginRound();
        foreach (Thread worker in _workers) worker.Join();
    }

    private void Work(int thread)
    {
        int seen = 0;
        while (true)
        {
            _idle.WaitWhile(ref _round, seen, _idleSpins);
            seen++;
            if (Volatile.Read(ref _stopping)) return;
            RunPart(_job!, thread);
            if (Interlocked.Decrement(ref _running) > 0) continue;
            Interlocked.Increment(ref _finished);
            _caller.Notify();
        }
    }

    private void BeginRound()
    {
        Interlocked.Increment(ref _round);
        _idle.Notify();
    }

    private void RunPart(ISpmdJob job, int thread)
    {
        try
        {
            job.Run(thread);
        }
#pragma warning disable CA1031 // The caller of Run gets every exception.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref _failure, exception, null);
            _barrier.Abort();
        }
    }
}
