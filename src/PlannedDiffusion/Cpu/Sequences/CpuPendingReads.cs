using System.Runtime.InteropServices;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cpu.Sequences;

/// <summary>Copies of tokens or counts that a caller has requested and not yet taken.</summary>
internal sealed class CpuPendingReads
{
    private readonly TicketTable<List<int>> _tickets = new(() => []);

    /// <summary>Copies values and returns the ticket.</summary>
    public int Begin(int sequence, ReadOnlySpan<int> values)
    {
        (int ticket, List<int> copy) = _tickets.Open(sequence, values.Length);
        copy.Clear();
        copy.AddRange(values);
        return ticket;
    }

    /// <exception cref="ArgumentException">The ticket is not open, or has another length.</exception>
    public void End(int ticket, Span<int> values)
    {
        CollectionsMarshal.AsSpan(_tickets.Find(ticket, values.Length)).CopyTo(values);
        _tickets.Close(ticket);
    }

    /// <summary>Drops the tickets of a sequence.</summary>
    public void Drop(int sequence) => _tickets.Drop(sequence);
}
