using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Steps;

/// <summary>
/// Slots of pinned memory that are copied in turn. A slot is written again only when its last copy is done. So the host
/// can be ahead by all slots before it waits.
/// </summary>
internal sealed class PinnedRing : IDisposable
{
    private readonly PinnedMemory _memory;
    private readonly CudaEvent[] _copied;
    private readonly long _slotBytes;
    private int _next;

    public PinnedRing(CudaDevice device, int slots, long slotBytes, string what)
    {
        _slotBytes = (slotBytes + 63) & ~63L;
        _copied = new CudaEvent[slots];
        _memory = device.AllocatePinned(slots * _slotBytes, what);
        try
        {
            for (int i = 0; i < slots; i++) _copied[i] = device.CreateEvent();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Waits until the next slot is free and returns it.</summary>
    public nint Take()
    {
        _copied[_next].Synchronize();
        return _memory.Address + (nint)(_next * _slotBytes);
    }

    /// <summary>Queues a copy from the slot that was taken.</summary>
    public void Send(CudaStream stream, ulong target, long bytes)
    {
        stream.CopyToDevice(target, _memory.Address + (nint)(_next * _slotBytes), bytes);
        stream.Record(_copied[_next]);
        _next = (_next + 1) % _copied.Length;
    }

    public void Dispose()
    {
        foreach (CudaEvent? copied in _copied) copied?.Dispose();
        _memory.Dispose();
    }
}
