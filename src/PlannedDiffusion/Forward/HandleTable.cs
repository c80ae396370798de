namespace PlannedDiffusion.Forward;

/// <summary>
/// The open sequences of a runner's slots, by handle. Handles are not reused soon, so that a closed one is noticed.
/// </summary>
/// <param name="limits">The number of slots, and the most positions of a sequence.</param>
internal sealed class HandleTable(RunnerLimits limits)
{
    private readonly int[] _handles = new int[limits.MaxSequences]; // 0: not open
    private int _opened;

    /// <summary>Bytes of the table.</summary>
    public static long SizeOf(RunnerLimits limits) => (long)limits.MaxSequences * sizeof(int);

    /// <summary>The exception when no slot is free.</summary>
    public RunnerCapacityException Full =>
        new($"One more sequence than the {limits.MaxSequences} that the runner was built for.");

    /// <summary>True if the slot holds an open sequence.</summary>
    public bool IsOpen(int slot) => _handles[slot] != 0;

    /// <summary>The first free slot, or -1.</summary>
    public int FreeSlot() => Array.IndexOf(_handles, 0);

    /// <exception cref="ArgumentOutOfRangeException">The capacity is less than one.</exception>
    /// <exception cref="RunnerCapacityException">The capacity is more than a sequence may have.</exception>
    public void CheckPositions(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        if (capacity > limits.MaxPositions)
        {
            throw new RunnerCapacityException(
                $"A sequence needs {capacity} positions, the runner was built for {limits.MaxPositions}.");
        }
    }

    /// <summary>Opens a free slot and returns its handle.</summary>
    public int Open(int slot)
    {
        _handles[slot] = 1 + slot + limits.MaxSequences * _opened;
        _opened = (_opened + 1) % (int.MaxValue / limits.MaxSequences - 1);
        return _handles[slot];
    }

    /// <summary>The slot of an open sequence.</summary>
    /// <exception cref="ArgumentException">No sequence with this handle is open.</exception>
    public int SlotOf(int handle)
    {
        int slot = (handle - 1) % limits.MaxSequences;
        return handle > 0 && _handles[slot] == handle
            ? slot
            : throw new ArgumentException($"Sequence {handle} is not open.");
    }

    /// <summary>Closes a sequence and returns its slot.</summary>
    /// <exception cref="ArgumentException">No sequence with this handle is open.</exception>
    public int Close(int handle)
    {
        int slot = SlotOf(handle);
        _handles[slot] = 0;
        return slot;
    }
}
