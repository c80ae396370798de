using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace PlannedDiffusion.Cpu.Threads;

/// <summary>
/// Where threads wait for each other: for some microseconds on their cores, then asleep. A phase of a step takes
/// microseconds, so that on a machine of its own nobody sleeps. If another program has taken the core of the awaited
/// thread, the wait takes milliseconds. A thread that spins or yields meanwhile uses up its share of a core that it
/// could compute with later; one that sleeps keeps it, and runs at once when it is woken.
/// </summary>
internal sealed class Parking
{
    private readonly object _gate = new();
    private Counter _parked;

    /// <summary>The number of threads that sleep.</summary>
    public int Count => Volatile.Read(ref _parked.Value);

    /// <summary>Waits until a counter is no longer at a value.</summary>
    /// <param name="counter">Who changes it uses an interlocked operation, and calls <see cref="Notify"/>.</param>
    /// <param name="value">The value.</param>
    /// <param name="spins">Pauses before it sleeps.</param>
    public void WaitWhile(ref int counter, int value, int spins)
    {
        for (int spin = 0; spin < spins; spin++)
        {
            if (Volatile.Read(ref counter) != value) return;
            if (X86Base.IsSupported) X86Base.Pause();
            else Thread.SpinWait(1);
        }

        if (Volatile.Read(ref counter) == value) Park(ref counter, value);
    }

    /// <summary>Wakes all who sleep, after a counter has changed. Without sleepers it is one read.</summary>
    public void Notify()
    {
        if (Volatile.Read(ref _parked.Value) == 0) return;
        lock (_gate) Monitor.PulseAll(_gate);
    }

    private void Park(ref int counter, int value)
    {
        lock (_gate)
        {
            // A full fence between the announcement of the sleep and the look at the counter. Who changes the counter
            // does both in the other order.
            Interlocked.Increment(ref _parked.Value);
            while (Volatile.Read(ref counter) == value) Monitor.Wait(_gate);
            Interlocked.Decrement(ref _parked.Value);
        }
    }

    /// <summary>It has a cache line of its own, because every phase of a step reads it.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Counter
    {
        [FieldOffset(128)]
        public int Value;
    }
}
