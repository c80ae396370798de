using System.Runtime.InteropServices;

namespace PlannedDiffusion.Cpu.Threads;

/// <summary>
/// A barrier for a few threads, each on its own core. A decode step has some hundred phases of a few microseconds. A
/// thread that waits for longer sleeps, so more threads than cores are slow but never block.
/// </summary>
internal sealed class SpinBarrier(int threads, int spins)
{
    private readonly Parking _parking = new();
    private Counters _counters = new() { Missing = threads };

    /// <summary>The number of threads that sleep in it.</summary>
    public int Parked => _parking.Count;

    public void Wait()
    {
        int phase = Volatile.Read(ref _counters.Phase);
        RefuseAborted(); // an abort ends the phase, after it has been noted
        if (Interlocked.Decrement(ref _counters.Missing) == 0)
        {
            _counters.Missing = threads;
            EndPhase();
            return;
        }

        _parking.WaitWhile(ref _counters.Phase, phase, spins);
        RefuseAborted();
    }

    /// <summary>Ends all waits, because a thread failed.</summary>
    public void Abort()
    {
        Volatile.Write(ref _counters.Aborted, true);
        EndPhase();
    }

    /// <summary>Resets the barrier. No thread may use it meanwhile.</summary>
    public void Reset() => _counters = new Counters { Missing = threads };

    private void EndPhase()
    {
        Interlocked.Increment(ref _counters.Phase);
        _parking.Notify();
    }

    private void RefuseAborted()
    {
        if (Volatile.Read(ref _counters.Aborted)) throw new OperationCanceledException("Another thread failed.");
    }

    /// <summary>Each counter has its own cache line.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 384)]
    private struct Counters
    {
        [FieldOffset(64)]
        public int Missing;

        [FieldOffset(192)]
        public int Phase;

        [FieldOffset(320)]
        public bool Aborted;
    }
}
