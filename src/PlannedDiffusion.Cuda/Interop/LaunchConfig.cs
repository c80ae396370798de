using System.Runtime.InteropServices;

namespace PlannedDiffusion.Cuda.Interop;

/// <summary>The driver's <c>CUlaunchConfig</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LaunchConfig
{
    public uint GridX;
    public uint GridY;
    public uint GridZ;
    public uint BlockX;
    public uint BlockY;
    public uint BlockZ;
    public uint SharedBytes;
    public nint Stream;
    public LaunchAttribute* Attributes;
    public uint AttributeCount;
}

/// <summary>The driver's <c>CUlaunchAttribute</c>: a number and, 8 bytes further, a union of 64 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 72)]
internal struct LaunchAttribute
{
    /// <summary>The launch may begin before the kernel before it in the stream has ended.</summary>
    public const int ProgrammaticStreamSerialization = 6;

    [FieldOffset(0)]
    public int Id;

    /// <summary>The union's first word; the attribute above takes 1 for yes.</summary>
    [FieldOffset(8)]
    public int Value;
}
