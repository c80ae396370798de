using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Sequences;

/// <summary>
/// Copies of tokens on their way to the host, each with a mark in the stream to wait for. Memory is used again; there
/// is as much as the most copies that were ever open at a time.
/// </summary>
internal sealed class CudaTokenReads(CudaDevice device, CudaStream stream, int positions) : IDisposable
{
    private readonly List<Copy> _copies = [];
    private int _tickets;

    /// <summary>Queues a copy and returns its ticket.</summary>
    public int Begin(int sequence, ulong source, int count)
    {
        Copy copy = Unused();
        if (count > 0) stream.CopyToHost(copy.Tokens.Address, source, (long)count * sizeof(int));
        stream.Record(copy.Done);
        copy.Sequence = sequence;
        copy.Count = count;
        _tickets = _tickets == int.MaxValue ? 1 : _tickets + 1;
        return copy.Ticket = _tickets;
    }

    /// <summary>Waits for one copy and hands it over.</summary>
    /// <exception cref="ArgumentException">The ticket is not open, or the length is another.</exception>
    public unsafe void End(int ticket, Span<int> tokens)
    {
        Copy copy = Find(ticket);
        if (tokens.Length != copy.Count)
            throw new ArgumentException($"Room for {tokens.Length} tokens; ticket {ticket} has {copy.Count}.");
        copy.Done.Synchronize();
        new ReadOnlySpan<int>((void*)copy.Tokens.Address, copy.Count).CopyTo(tokens);
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

        PinnedMemory tokens = device.AllocatePinned((long)positions * sizeof(int), "tokens to read");
        try
        {
            _copies.Add(new Copy(tokens, device.CreateEvent()));
        }
        catch
        {
            tokens.Dispose();
            throw;
        }

        return _copies[^1];
    }

    private sealed class Copy(PinnedMemory tokens, CudaEvent done) : IDisposable
    {
        public PinnedMemory Tokens => tokens;

        public CudaEvent Done => done;

        public int Ticket { get; set; } // 0: not in use

        public int Sequence { get; set; }

        public int Count { get; set; }

        public void Dispose()
        {
            tokens.Dispose();
            done.Dispose();
        }
    }
}
