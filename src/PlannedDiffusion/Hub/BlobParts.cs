using System.Buffers;

namespace PlannedDiffusion.Hub;

/// <summary>
/// Fetches the rest of a file: in parts over several connections if the hub gives ranges, else in one go.
/// </summary>
internal sealed class BlobParts(FileSource source, BlobWriter writer, PullMeter meter, HubTuning tuning)
{
    private const int StreamBuffer = 128 << 10;

    private RemoteFile File => source.File;

    /// <summary>Fetches and writes all bytes behind the first ones.</summary>
    public async Task FetchAsync(long have, CancellationToken cancellation)
    {
        var attempts = new Attempts(tuning, meter);
        int length = LengthAt(have);
        HubAnswer first = await attempts.RunAsync(
            () => source.OpenAsync(have, have + length - 1, cancellation), cancellation).ConfigureAwait(false);
        bool isWhole;
        try
        {
            isWhole = first.IsWhole(have, File.Size);
        }
        catch
        {
            first.Dispose();
            throw;
        }

        if (isWhole) await StreamAsync(first, attempts, cancellation).ConfigureAwait(false);
        else await InParallelAsync(first, have, cancellation).ConfigureAwait(false);
    }

    /// <summary>Reads one answer to its end, and another one behind each failure.</summary>
    private async Task StreamAsync(HubAnswer? answer, Attempts attempts, CancellationToken cancellation)
    {
        byte[] buffer = new byte[StreamBuffer];
        while (writer.Written < File.Size)
        {
            try
            {
                answer ??= await source.OpenAsync(writer.Written, File.Size - 1, cancellation).ConfigureAwait(false);
                using (answer) await CopyAsync(answer, buffer, attempts).ConfigureAwait(false);
            }
            catch (TransientException e)
            {
                await attempts.WaitAsync(e, cancellation).ConfigureAwait(false);
            }

            answer = null;
        }
    }

    private async Task CopyAsync(HubAnswer answer, byte[] buffer, Attempts attempts)
    {
        // A hub without ranges begins at the beginning.
        long skip = answer.IsWhole(writer.Written, File.Size) ? writer.Written : 0;
        while (writer.Written < File.Size)
        {
            int most = (int)Math.Min(buffer.Length, skip > 0 ? skip : File.Size - writer.Written);
            int read = await answer.ReadAsync(buffer.AsMemory(0, most)).ConfigureAwait(false);
            if (read == 0) throw answer.Cut();
            if (skip > 0)
            {
                skip -= read;
                continue;
            }

            await writer.WriteAsync(buffer.AsMemory(0, read)).ConfigureAwait(false);
            attempts.Progressed();
            meter.Add(read);
        }
    }

    /// <summary>
    /// Fetches parts side by side and writes them in order. Whatever ends this, what has come without a gap is written.
    /// </summary>
    private async Task InParallelAsync(HubAnswer first, long have, CancellationToken cancellation)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var parts = new Queue<Part>();
        long next = have;
        HubAnswer? answer = first;
        try
        {
            while (writer.Written < File.Size)
            {
                while (parts.Count < tuning.Connections && next < File.Size)
                {
                    var part = new Part(next, LengthAt(next));
                    next += part.Length;
                    part.Filled = FillAsync(part, answer, failed.Token);
                    answer = null;
                    parts.Enqueue(part);
                }

                await parts.Peek().Filled.ConfigureAwait(false);
                using Part full = parts.Dequeue();
                await writer.WriteAsync(full.Bytes).ConfigureAwait(false);
            }
        }
        finally
        {
            await failed.CancelAsync().ConfigureAwait(false);
            await KeepAsync(parts).ConfigureAwait(false);
        }
    }

    private async Task KeepAsync(Queue<Part> parts)
    {
        bool isGapless = true;
        foreach (Part part in parts)
        {
            await ((Task)part.Filled).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (isGapless) await writer.WriteAsync(part.Bytes).ConfigureAwait(false);
            isGapless &= part.IsFull;
            part.Dispose();
        }
    }

    private async Task FillAsync(Part part, HubAnswer? answer, CancellationToken cancellation)
    {
        var attempts = new Attempts(tuning, meter);
        while (!part.IsFull)
        {
            try
            {
                answer ??= await source.OpenAsync(part.Next, part.End - 1, cancellation).ConfigureAwait(false);
                using (answer) await ReadAsync(part, answer, attempts).ConfigureAwait(false);
            }
            catch (TransientException e)
            {
                await attempts.WaitAsync(e, cancellation).ConfigureAwait(false);
            }

            answer = null;
        }
    }

    private async Task ReadAsync(Part part, HubAnswer answer, Attempts attempts)
    {
        if (answer.IsWhole(part.Next, File.Size)) throw answer.NoRange();
        while (!part.IsFull)
        {
            int read = await answer.ReadAsync(part.Rest).ConfigureAwait(false);
            if (read == 0) throw answer.Cut();
            part.Advance(read);
            attempts.Progressed();
            meter.Add(read);
        }
    }

    private int LengthAt(long start) => (int)Math.Min(tuning.PartSize, File.Size - start);

    /// <summary>A range of the file on its way.</summary>
    private sealed class Part(long start, int length) : IDisposable
    {
        private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(length);
        private int _count;

        public int Length => length;

        public long End => start + length;

        /// <summary>The first byte that is not here.</summary>
        public long Next => start + _count;

        public bool IsFull => _count == length;

        public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _count);

        public Memory<byte> Rest => _buffer.AsMemory(_count, length - _count);

        public Task Filled { get; set; } = Task.CompletedTask;

        public void Advance(int count) => _count += count;

        public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);
    }
}
