using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cpu.Sequences;

/// <summary>
/// Open sequences by handle. A slot keeps the memory of a closed sequence, and the next sequence that fits reuses it.
/// </summary>
internal sealed class CpuSequenceTable(ModelConfig config, RunnerLimits limits) : IDisposable
{
    private readonly CpuSequence?[] _slots = new CpuSequence?[limits.MaxSequences];
    private readonly HandleTable _handles = new(limits);

    /// <summary>Bytes before the first sequence is opened.</summary>
    public static long SizeOf(RunnerLimits limits) =>
        HandleTable.SizeOf(limits) + ((long)limits.MaxSequences * sizeof(long));

    /// <exception cref="RunnerCapacityException">
    /// There is no slot, or too little memory. The message says what is needed and available.
    /// </exception>
    public int Open(int capacity)
    {
        _handles.CheckPositions(capacity);
        int slot = FindSlot(capacity);
        if (_slots[slot] is { } old && old.Cache.Capacity >= capacity)
        {
            old.Reset(capacity);
        }
        else
        {
            _slots[slot]?.Dispose();
            _slots[slot] = null;
            _slots[slot] = Create(capacity);
        }

        return _handles.Open(slot);
    }

    /// <exception cref="ArgumentException">No sequence with this handle is open.</exception>
    public void Close(int handle) => _handles.Close(handle);

    /// <exception cref="ArgumentException">No sequence with this handle is open.</exception>
    public CpuSequence Find(int handle) => _slots[_handles.SlotOf(handle)]!;

    public void Dispose()
    {
        foreach (CpuSequence? sequence in _slots) sequence?.Dispose();
    }

    /// <summary>A free slot: the one with the best fitting memory, else one without memory, else any.</summary>
    private int FindSlot(int capacity)
    {
        int best = -1;
        for (int slot = 0; slot < _slots.Length; slot++)
        {
            if (_handles.IsOpen(slot)) continue;
            if (best < 0 || Waste(slot, capacity) < Waste(best, capacity)) best = slot;
        }

        return best >= 0 ? best : throw _handles.Full;
    }

    private int Waste(int slot, int capacity) => _slots[slot] switch
    {
        null => int.MaxValue - 1,
        { } sequence when sequence.Cache.Capacity >= capacity => sequence.Cache.Capacity - capacity,
        _ => int.MaxValue,
    };

    private CpuSequence Create(int capacity)
    {
        long need = CpuKvCache.SizeOf(config, capacity), have = AvailableMemory.Bytes();
        // Memory that open sequences may still write is not available.
        foreach (CpuSequence? open in _slots) have -= open?.Cache.UnwrittenBytes ?? 0;
        if (need > have) throw Refusal();
        try
        {
            return new CpuSequence(new CpuKvCache(config, capacity), capacity, limits.MaxGroupsPerSequence);
        }
        catch (OutOfMemoryException)
        {
            throw Refusal();
        }

        RunnerCapacityException Refusal() => new(
            $"{capacity} positions need {need:N0} bytes of K/V, {Math.Max(0, have):N0} are available.");
    }
}
