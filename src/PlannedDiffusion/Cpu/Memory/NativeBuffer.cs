using System.Runtime.InteropServices;

namespace PlannedDiffusion.Cpu.Memory;

/// <summary>Native memory at a fixed address, 64-byte aligned. A finalizer frees it if nobody has.</summary>
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

    public byte* Data => (byte*)((handle + Alignment - 1) & -Alignment);

    public float* Floats => (float*)Data;

    public override bool IsInvalid => handle == 0;

    /// <summary>Allocates zeros. Pages of a large buffer take memory when they are first written.</summary>
    public static NativeBuffer Allocate(nint bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return new NativeBuffer(NativeMemory.AllocZeroed((nuint)bytes + Alignment), bytes);
    }

    /// <summary>Allocates memory that the threads that will read it write at once.</summary>
    public static NativeBuffer AllocateUninitialized(nint bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return new NativeBuffer(NativeMemory.Alloc((nuint)bytes + Alignment), bytes);
    }

    public static NativeBuffer AllocateFloats(nint count) => Allocate(checked(count * sizeof(float)));

    protected override bool ReleaseHandle()
    {
        NativeMemory.Free((void*)handle);
        GC.RemoveMemoryPressure(Math.Max(1, Bytes));
        return true;
    }
}
