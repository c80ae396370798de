using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cuda.Sequences;

/// <summary>
/// Copies of tokens or counts to the host that have begun. Each has an event in the stream to wait for.
/// </summary>
/// <param name="device">The device, which pins the memory.</param>
/// <param name="stream">The stream of the copies.</param>
/// <param name="mostValues">The most values of one copy.</param>
internal sealed class CudaPendingReads(CudaDevice device, CudaStream stream, int mostValues) : IDisposable
{
    private readonly TicketTable<Copy> _tickets = new(() => Copy.Create(device, mostValues));

    /// <summary>Queues a copy and returns its ticket.</summary>
    public int Begin(int sequence, ulong source, int count)
    {
        (int ticket, Copy copy) = _tickets.Open(sequence, count);
        try
        {
            if (count > 0) stream.CopyToHost(copy.Values.Address, source, (long)count * sizeof(int));
            stream.Record(copy.Done);
            return ticket;
        }
        catch
        {
            _tickets.Close(ticket); // the caller does not know it
            throw;
        }
    }

    /// <summary>Waits for a copy, writes it to <paramref name="values"/> and closes the ticket.</summary>
    /// <exception cref="ArgumentException">The ticket is not open, or the length differs.</exception>
    public unsafe void End(int ticket, Span<int> values)
    {
        Copy copy = _tickets.Find(ticket, values.Length);
        copy.Done.Synchronize();
        new ReadOnlySpan<int>((void*)copy.Values.Address, values.Length).CopyTo(values);
        _tickets.Close(ticket);
    }

    /// <summary>Closes all tickets of a sequence.</summary>
    public void Drop(int sequence) => _tickets.Drop(sequence);

    public void Dispose()
    {
        foreach (Copy copy in _tickets.Memory) copy.Dispose();
    }

    private sealed record Copy(PinnedMemory Values, CudaEvent Done) : IDisposable
    {
        public static Copy Create(CudaDevice device, int mostValues)
        {
            PinnedMemory values = device.AllocatePinned((long)mostValues * sizeof(int), "values to read");
            try
            {
                return new Copy(values, device.CreateEvent());
            }
            catch
            {
                values.Dispose();
                throw;
            }
        }

        public void Dispose()
        {
            Values.Dispose();
            Done.Dispose();
        }
    }
}
