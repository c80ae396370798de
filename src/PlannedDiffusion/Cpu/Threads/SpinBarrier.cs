using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace PlannedDiffusion.Cpu.Threads;

/// <summary>
/// A barrier for a few threads on cores of their own: a decode step has a couple of hundred phases of some
/// microseconds. Threads that wait for long yield their core, so more threads than cores are slow but never stuck.
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

    /// <summary>Lets nobody wait any more, because a thread failed.</summary>
    public void Abort() => Volatile.Write(ref _counters.Aborted, true);

    /// <summary>Makes the barrier new, when no thread uses it.</summary>
    public void Reset() => _counters = new Counters { Missing = threads };

    /// <summary>One round of waiting: on the core at first, then without it.</summary>
    public static void Pause(int spin, int spins)
    {
        if (spin >= spins) Thread.Yield();
        else if (X86Base.IsSupported) X86Base.Pause();
        else Thread.SpinWait(1);
    }

    /// <summary>Each on a cache line of its own.</summary>
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
