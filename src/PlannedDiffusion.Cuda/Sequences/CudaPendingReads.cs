using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cuda.Sequences;

/// <summary>
/// Copies of tokens or counts on their way to the host, each with a mark in the stream to wait for.
/// </summary>
/// <param name="device">Pins the memory.</param>
/// <param name="stream">Copies.</param>
/// <param name="mostValues">Most values of one copy.</param>
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
            _tickets.Close(ticket); // nobody else knows it
            throw;
        }
    }

    /// <summary>Waits for one copy and hands it over.</summary>
    /// <exception cref="ArgumentException">The ticket is not open, or the length is another.</exception>
    public unsafe void End(int ticket, Span<int> values)
    {
        Copy copy = _tickets.Find(ticket, values.Length);
        copy.Done.Synchronize();
        new ReadOnlySpan<int>((void*)copy.Values.Address, values.Length).CopyTo(values);
        _tickets.Close(ticket);
    }

    /// <summary>Forgets the tickets of a sequence.</summary>
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
