namespace PlannedDiffusion.Forward;

/// <summary>
/// The copies that callers have requested and not yet taken, by ticket. The memory of a copy is reused: it grows to the
/// most copies that were ever open at a time.
/// </summary>
/// <typeparam name="T">The memory of a copy.</typeparam>
/// <param name="make">Allocates the memory of one more copy.</param>
internal sealed class TicketTable<T>(Func<T> make)
{
    private readonly List<Entry> _entries = [];
    private int _tickets;

    /// <summary>The memory of all copies, open or not.</summary>
    public IEnumerable<T> Memory => _entries.Select(entry => entry.Memory);

    /// <summary>
    /// Opens a ticket for <paramref name="count"/> values of a sequence, which the caller writes into the memory.
    /// </summary>
    public (int Ticket, T Memory) Open(int sequence, int count)
    {
        Entry entry = Unused();
        entry.Sequence = sequence;
        entry.Count = count;
        _tickets = _tickets == int.MaxValue ? 1 : _tickets + 1;
        entry.Ticket = _tickets;
        return (_tickets, entry.Memory);
    }

    /// <summary>The memory of an open ticket.</summary>
    /// <exception cref="ArgumentException">The ticket is not open, or has another number of values.</exception>
    public T Find(int ticket, int count)
    {
        Entry entry = Find(ticket);
        return count == entry.Count
            ? entry.Memory
            : throw new ArgumentException($"Room for {count} values; ticket {ticket} has {entry.Count}.");
    }

    /// <summary>Closes a ticket, whose memory can then be reused.</summary>
    /// <exception cref="ArgumentException">It is not open.</exception>
    public void Close(int ticket) => Find(ticket).Ticket = 0;

    /// <summary>Closes all tickets of a sequence.</summary>
    public void Drop(int sequence)
    {
        foreach (Entry entry in _entries)
        {
            if (entry.Sequence == sequence) entry.Ticket = 0;
        }
    }

    private Entry Find(int ticket)
    {
        foreach (Entry entry in _entries)
        {
            if (ticket > 0 && entry.Ticket == ticket) return entry;
        }

        throw new ArgumentException($"Ticket {ticket} is not open.");
    }

    private Entry Unused()
    {
        foreach (Entry entry in _entries)
        {
            if (entry.Ticket == 0) return entry;
        }

        _entries.Add(new Entry(make()));
        return _entries[^1];
    }

    private sealed class Entry(T memory)
    {
        public T Memory => memory;

        public int Ticket { get; set; } // 0: not open

        public int Sequence { get; set; }

        public int Count { get; set; }
    }
}
