using System.Security.Cryptography;

namespace PlannedDiffusion.Hub;

/// <summary>Appends to a file, and to its checksum.</summary>
internal sealed class BlobWriter(FileStream file, IncrementalHash hash)
{
    /// <summary>Bytes in the file.</summary>
    public long Written => file.Position;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        // Without a token: a write that is cut in half would be no loss, but no gain either.
        await file.WriteAsync(bytes, CancellationToken.None).ConfigureAwait(false);
        hash.AppendData(bytes.Span);
    }
}
