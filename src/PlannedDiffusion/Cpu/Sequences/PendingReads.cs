namespace PlannedDiffusion.Cpu.Sequences;

/// <summary>
/// Copies of tokens or counts that somebody has asked for and not yet taken. Memory is used again; there is as much as
/// the most copies that were ever open at a time needed.
/// </summary>
internal sealed class PendingReads
{
    private readonly List<Copy> _copies = [];
    private int _tickets;

    /// <summary>Copies values and returns the ticket.</summary>
    public int Begin(int sequence, ReadOnlySpan<int> values)
    {
        Copy copy = Unused();
        if (copy.Values.Length < values.Length) copy.Values = new int[values.Length];
        values.CopyTo(copy.Values);
        copy.Sequence = sequence;
        copy.Count = values.Length;
        _tickets = _tickets == int.MaxValue ? 1 : _tickets + 1;
        return copy.Ticket = _tickets;
    }

    /// <exception cref="ArgumentException">The ticket is not open, or the length is another.</exception>
    public void End(int ticket, Span<int> values)
    {
        Copy copy = Find(ticket);
        if (values.Length != copy.Count)
            throw new ArgumentException($"Room for {values.Length} values; ticket {ticket} has {copy.Count}.");
        copy.Values.AsSpan(0, copy.Count).CopyTo(values);
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

        _copies.Add(new Copy());
        return _copies[^1];
    }

    private sealed class Copy
    {
        public int Ticket { get; set; } // 0: not in use

        public int Sequence { get; set; }

        public int Count { get; set; }

        public int[] Values { get; set; } = [];
    }
}
