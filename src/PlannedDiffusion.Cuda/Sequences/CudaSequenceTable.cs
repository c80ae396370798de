using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cuda.Sequences;

/// <summary>The open sequences, by handle, and their positions in the pool.</summary>
internal sealed class CudaSequenceTable(RunnerLimits limits, int poolPositions)
{
    private readonly CudaSequence[] _slots = new CudaSequence[limits.MaxSequences];
    private readonly HandleTable _handles = new(limits);
    private readonly PositionRanges _ranges = new(poolPositions, limits.MaxSequences);

    /// <exception cref="RunnerCapacityException">
    /// There is no free slot, or no free range of this length in the pool. The message says what is needed and
    /// available.
    /// </exception>
    public int Open(int capacity)
    {
        _handles.CheckPositions(capacity);
        int slot = _handles.FreeSlot();
        if (slot < 0) throw _handles.Full;
        if (!_ranges.TryTake(capacity, out int start))
        {
            throw new RunnerCapacityException(
                $"A sequence needs {capacity} positions in a row, the K/V pool of {_ranges.Total} has " +
                $"{_ranges.Free} left, {_ranges.Largest} of them in a row.");
        }

        _slots[slot] = new CudaSequence(slot, start, capacity);
        return _handles.Open(slot);
    }

    /// <exception cref="ArgumentException">No sequence with this handle is open.</exception>
    public void Close(int handle)
    {
        CudaSequence sequence = _slots[_handles.Close(handle)];
        _ranges.Give(sequence.Start, sequence.Capacity);
    }

    /// <exception cref="ArgumentException">No sequence with this handle is open.</exception>
    public CudaSequence Find(int handle) => _slots[_handles.SlotOf(handle)];
}
