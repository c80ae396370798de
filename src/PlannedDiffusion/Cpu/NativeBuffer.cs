using System.Runtime.InteropServices;

namespace PlannedDiffusion.Cpu;

/// <summary>
/// Native memory, 64-byte aligned and zeroed, that nobody moves and a finalizer gives back if need be.
/// </summary>
internal sealed unsafe class NativeBuffer : SafeHandle
{
    private const int Alignment = 64;

    private NativeBuffer(void* data, nint bytes)
        : base(0, ownsHandle: true)
    {
        SetHandle((nint)data);
        Bytes = bytes;
        GC.AddMemoryPressure(Math.Max(1, bytes));
    }

    public nint Bytes { get; }

    public byte* Data => (byte*)handle;

    public float* Floats => (float*)handle;

    public override bool IsInvalid => handle == 0;

    public static NativeBuffer Allocate(nint bytes)
    {
        NativeBuffer buffer = AllocateUninitialized(bytes);
        NativeMemory.Clear(buffer.Data, (nuint)bytes);
        return buffer;
    }

    /// <summary>For memory that is written at once, by the threads that will read it.</summary>
    public static NativeBuffer AllocateUninitialized(nint bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return new NativeBuffer(NativeMemory.AlignedAlloc((nuint)Math.Max(1, bytes), Alignment), bytes);
    }

    public static NativeBuffer AllocateFloats(nint count) => Allocate(checked(count * sizeof(float)));

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        GC.RemoveMemoryPressure(Math.Max(1, Bytes));
        return true;
    }
}
