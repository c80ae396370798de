using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cpu.Sequences;

/// <summary>
/// Open sequences by handle. A slot keeps its memory when its sequence is closed, and the next one that fits uses it
/// again; handles are not used again soon, so a closed one is noticed.
/// </summary>
internal sealed class SequenceTable(ModelConfig config, RunnerLimits limits) : IDisposable
{
    private readonly CpuSequence?[] _slots = new CpuSequence?[limits.MaxSequences];
    private readonly int[] _handles = new int[limits.MaxSequences]; // 0: not open
    private int _opened;

    /// <summary>Bytes before the first sequence is opened.</summary>
    public static long SizeOf(RunnerLimits limits) => (long)limits.MaxSequences * (sizeof(int) + sizeof(long));

    public int Open(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        if (capacity > limits.MaxPositions)
        {
            throw new RunnerCapacityException(
                $"A sequence needs {capacity} positions, the runner was built for {limits.MaxPositions}.");
        }

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

        _handles[slot] = 1 + slot + limits.MaxSequences * _opened;
        _opened = (_opened + 1) % (int.MaxValue / limits.MaxSequences - 1);
        return _handles[slot];
    }

    public void Close(int handle)
    {
        Find(handle);
        _handles[SlotOf(handle)] = 0;
    }

    /// <exception cref="ArgumentException">No sequence with this handle is open.</exception>
    public CpuSequence Find(int handle)
    {
        if (handle <= 0 || _handles[SlotOf(handle)] != handle)
            throw new ArgumentException($"Sequence {handle} is not open.");
        return _slots[SlotOf(handle)]!;
    }

    public void Dispose()
    {
        foreach (CpuSequence? sequence in _slots) sequence?.Dispose();
    }

    private int SlotOf(int handle) => (handle - 1) % limits.MaxSequences;

    /// <summary>A free slot: the one whose memory fits best, else one without memory, else any.</summary>
    private int FindSlot(int capacity)
    {
        int best = -1;
        for (int slot = 0; slot < _slots.Length; slot++)
        {
            if (_handles[slot] != 0) continue;
            if (best < 0 || Waste(slot, capacity) < Waste(best, capacity)) best = slot;
        }

        return best >= 0 ? best : throw new RunnerCapacityException(
            $"One more sequence than the {limits.MaxSequences} that the runner was built for.");
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
        // What open sequences may still write is theirs.
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
