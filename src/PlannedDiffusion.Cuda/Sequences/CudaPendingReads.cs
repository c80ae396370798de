using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Sequences;

/// <summary>
/// Copies of tokens or counts on their way to the host, each with a mark in the stream to wait for. Memory is used
/// again; there is as much as the most copies that were ever open at a time.
/// </summary>
/// <param name="device">Pins the memory.</param>
/// <param name="stream">Copies.</param>
/// <param name="mostValues">Most values of one copy.</param>
internal sealed class CudaPendingReads(CudaDevice device, CudaStream stream, int mostValues) : IDisposable
{
    private readonly List<Copy> _copies = [];
    private int _tickets;

    /// <summary>Queues a copy and returns its ticket.</summary>
    public int Begin(int sequence, ulong source, int count)
    {
        Copy copy = Unused();
        if (count > 0) stream.CopyToHost(copy.Values.Address, source, (long)count * sizeof(int));
        stream.Record(copy.Done);
        copy.Sequence = sequence;
        copy.Count = count;
        _tickets = _tickets == int.MaxValue ? 1 : _tickets + 1;
        return copy.Ticket = _tickets;
    }

    /// <summary>Waits for one copy and hands it over.</summary>
    /// <exception cref="ArgumentException">The ticket is not open, or the length is another.</exception>
    public unsafe void End(int ticket, Span<int> values)
    {
        Copy copy = Find(ticket);
        if (values.Length != copy.Count)
            throw new ArgumentException($"Room for {values.Length} values; ticket {ticket} has {copy.Count}.");
        copy.Done.Synchronize();
        new ReadOnlySpan<int>((void*)copy.Values.Address, copy.Count).CopyTo(values);
        copy.Ticket = 0;
    }

    /// <summary>Forgets the tickets of a sequence.</summary>
    public void Drop(int sequence)
    {
        foreach (Copy copy in _copies)
        {
            if (copy.Sequence == sequence) copy.Ticket = 0;
        }
    }

    public void Dispose()
    {
        foreach (Copy copy in _copies) copy.Dispose();
        _copies.Clear();
    }

    private Copy Find(int ticket)
    {
        foreach (Copy copy in _copies)
        {
            if (ticket > 0 && copy.Ticket == ticket) return copy;
        }

        throw new ArgumentException($"Ticket {ticket} is not open.");
    }

    private Copy Unused()
    {
        foreach (Copy copy in _copies)
        {
            if (copy.Ticket == 0) return copy;
        }

        PinnedMemory values = device.AllocatePinned((long)mostValues * sizeof(int), "values to read");
        try
        {
            _copies.Add(new Copy(values, device.CreateEvent()));
        }
        catch
        {
            values.Dispose();
            throw;
        }

        return _copies[^1];
    }

    private sealed class Copy(PinnedMemory values, CudaEvent done) : IDisposable
    {
        public PinnedMemory Values => values;

        public CudaEvent Done => done;

        public int Ticket { get; set; } // 0: not in use

        public int Sequence { get; set; }

        public int Count { get; set; }

        public void Dispose()
        {
            values.Dispose();
            done.Dispose();
        }
    }
}
