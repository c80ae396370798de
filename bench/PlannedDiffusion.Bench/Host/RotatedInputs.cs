using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Cpu.Memory;

namespace PlannedDiffusion.Bench.Host;

/// <summary>
/// Inputs of operations: a buffer of small numbers that is larger than the caches. Each call reads another part, so
/// that its inputs come from memory.
/// </summary>
internal sealed unsafe class RotatedInputs : IDisposable
{
    private readonly NativeBuffer _buffer;

    /// <param name="bytes">Bytes to reserve; a multiple of 4.</param>
    public RotatedInputs(nint bytes)
    {
        _buffer = NativeBuffer.AllocateUninitialized(bytes);
        uint state = 1;
        uint* words = (uint*)_buffer.Data;
        for (nint i = 0; i < bytes / sizeof(uint); i++)
        {
            // Both halves of a word are normal bf16 numbers. So the word is a normal f32 number, too.
            state = (state * 1664525) + 1013904223;
            words[i] = (Small(state >> 24) << 16) | Small((state >> 16) & 255);
        }
    }

    public nint Bytes => _buffer.Bytes;

    /// <summary>The number of sets of this many floats. Each begins at a cache line.</summary>
    /// <exception cref="UsageException">The buffer is smaller than one set.</exception>
    public int Sets(nint floats)
    {
        long sets = Bytes / sizeof(float) / Rounded(floats);
        return sets > 0
            ? (int)Math.Min(sets, 1 << 20)
            : throw new UsageException($"an operation needs {floats >> 18} MiB; {Bytes >> 20} MiB are reserved");
    }

    /// <summary>The address of a set of this many floats.</summary>
    public float* Set(int index, nint floats) => _buffer.Floats + (index * Rounded(floats));

    public void Dispose() => _buffer.Dispose();

    /// <summary>A bf16 between 1/16 and 1, or its negative.</summary>
    private static uint Small(uint eightBits)
    {
        float size = (1 + (eightBits & 127)) / 128f * 15 / 16 + 1f / 16;
        return (BitConverter.SingleToUInt32Bits(size) >> 16) | ((eightBits & 128) << 8);
    }

    private static nint Rounded(nint floats) => (floats + 15) & ~15;
}
