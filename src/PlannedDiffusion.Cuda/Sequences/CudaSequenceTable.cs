using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cuda.Sequences;

/// <summary>
/// Open sequences by handle, and which positions of the pool are theirs. Handles are not used again soon, so a closed
/// one is noticed.
/// </summary>
internal sealed class CudaSequenceTable(RunnerLimits limits, int poolPositions)
{
    private readonly CudaSequence[] _slots = new CudaSequence[limits.MaxSequences];
    private readonly int[] _handles = new int[limits.MaxSequences]; // 0: not open
    private readonly PositionRanges _ranges = new(poolPositions, limits.MaxSequences);
    private int _opened;

    /// <exception cref="RunnerCapacityException">No slot, or no such range in the pool: need and have.</exception>
    public int Open(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        if (capacity > limits.MaxPositions)
        {
            throw new RunnerCapacityException(
                $"A sequence needs {capacity} positions, the runner was built for {limits.MaxPositions}.");
        }

        int slot = Array.IndexOf(_handles, 0);
        if (slot < 0)
        {
            throw new RunnerCapacityException(
                $"One more sequence than the {limits.MaxSequences} that the runner was built for.");
        }

        if (!_ranges.TryTake(capacity, out int start))
        {
            throw new RunnerCapacityException(
                $"A sequence needs {capacity} positions in a row, the K/V pool of {_ranges.Total} has " +
                $"{_ranges.Free} left, {_ranges.Largest} of them in a row.");
        }

        _slots[slot] = new CudaSequence(slot, start, capacity);
        _handles[slot] = 1 + slot + limits.MaxSequences * _opened;
        _opened = (_opened + 1) % (int.MaxValue / limits.MaxSequences - 1);
        return _handles[slot];
    }

    public void Close(int handle)
    {
        CudaSequence sequence = Find(handle);
        _handles[sequence.Slot] = 0;
        _ranges.Give(sequence.Start, sequence.Capacity);
    }

    /// <exception cref="ArgumentException">No sequence with this handle is open.</exception>
    public CudaSequence Find(int handle)
    {
        int slot = (handle - 1) % limits.MaxSequences;
        return handle > 0 && _handles[slot] == handle
            ? _slots[slot]
            : throw new ArgumentException($"Sequence {handle} is not open.");
    }
}
