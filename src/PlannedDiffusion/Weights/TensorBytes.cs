namespace PlannedDiffusion.Weights;

/// <summary>The bytes of one tensor, in a file or in memory.</summary>
public abstract class TensorBytes
{
    private protected TensorBytes(long length) => Length = length;

    /// <summary>Number of bytes.</summary>
    public long Length { get; }

    /// <summary>Bytes in memory, which the caller no longer changes.</summary>
    public static TensorBytes InMemory(ReadOnlyMemory<byte> bytes) => new MemoryTensorBytes(bytes);

    /// <summary>Copies bytes from <paramref name="offset"/> on until <paramref name="destination"/> is full.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not all lie inside of the tensor.</exception>
    /// <exception cref="SafetensorsException">
    /// The file cannot be read or was shortened. The message names it.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, Length - offset, nameof(destination));
        ReadInside(offset, destination);
    }

    private protected abstract void ReadInside(long offset, Span<byte> destination);

    private sealed class MemoryTensorBytes(ReadOnlyMemory<byte> bytes) : TensorBytes(bytes.Length)
    {
        private protected override void ReadInside(long offset, Span<byte> destination) =>
            bytes.Span.Slice((int)offset, destination.Length).CopyTo(destination);
    }
}
