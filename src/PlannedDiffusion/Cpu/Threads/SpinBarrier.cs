using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace PlannedDiffusion.Cpu.Threads;

/// <summary>
/// A barrier for a few threads, each on its own core. A decode step has some hundred phases of a few microseconds. A
/// thread that waits for long yields its core, so more threads than cores are slow but never block.
/// </summary>
internal sealed class SpinBarrier(int threads, int spins)
{
    private Counters _counters = new() { Missing = threads };

    public void Wait()
    {
        int phase = Volatile.Read(ref _counters.Phase);
        if (Interlocked.Decrement(ref _counters.Missing) == 0)
        {
            _counters.Missing = threads;
            Interlocked.Increment(ref _counters.Phase);
            return;
        }

        for (int spin = 0; Volatile.Read(ref _counters.Phase) == phase; spin++)
        {
            if (Volatile.Read(ref _counters.Aborted)) throw new OperationCanceledException("Another thread failed.");
            Pause(spin, spins);
        }
    }

    /// <summary>Ends all waits, because a thread failed.</summary>
    public void Abort() => Volatile.Write(ref _counters.Aborted, true);

    /// <summary>Resets the barrier. No thread may use it meanwhile.</summary>
    public void Reset() => _counters = new Counters { Missing = threads };

    /// <summary>One round of a wait: first on the core, later yielding it.</summary>
    public static void Pause(int spin, int spins)
    {
        if (spin >= spins) Thread.Yield();
        else if (X86Base.IsSupported) X86Base.Pause();
        else Thread.SpinWait(1);
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
