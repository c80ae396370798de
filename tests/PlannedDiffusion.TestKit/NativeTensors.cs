using System.Runtime.InteropServices;

namespace PlannedDiffusion.TestKit;

/// <summary>Owns the native memory of tensors that were made in memory.</summary>
internal sealed unsafe class NativeTensors : IDisposable
{
    private const int Alignment = 64;
    private readonly List<nint> _blocks = [];

    public nint Copy(ReadOnlySpan<byte> bytes)
    {
        void* block = NativeMemory.AlignedAlloc((nuint)Math.Max(bytes.Length, 1), Alignment);
        _blocks.Add((nint)block);
        bytes.CopyTo(new Span<byte>(block, bytes.Length));
        return (nint)block;
    }

    public void Dispose()
    {
        foreach (nint block in _blocks) NativeMemory.AlignedFree((void*)block);
        _blocks.Clear();
    }
}
