using PlannedDiffusion.Cuda.Interop;

namespace PlannedDiffusion.Cuda.Runtime;

/// <summary>Memory of the device, at a fixed address.</summary>
internal sealed class DeviceMemory : CudaHandle
{
    private DeviceMemory(PrimaryContext context, ulong address, long bytes, string what)
        : base(context, (nint)address)
    {
        Bytes = bytes;
        What = what;
    }

    public ulong Address => (ulong)Value;

    public long Bytes { get; }

    /// <summary>The purpose of the memory, for messages.</summary>
    public string What { get; }

    public static DeviceMemory Allocate(CudaDevice device, long bytes, string what)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        device.MakeCurrent();
        CudaResult result = DriverApi.cuMemAlloc_v2(out ulong address, (nuint)bytes);
        if (result == CudaResult.OutOfMemory)
        {
            throw CudaException.Create(result, nameof(DriverApi.cuMemAlloc_v2), Shortage(bytes, what));
        }

        CudaException.ThrowIfFailed(result, nameof(DriverApi.cuMemAlloc_v2));
        return new DeviceMemory(device.Context, address, bytes, what);
    }

    protected override bool Free(nint value) => DriverApi.cuMemFree_v2((ulong)value) == CudaResult.Success;

    private static string Shortage(long bytes, string what)
    {
        string need = $"{what} needs {bytes:N0} bytes";
        return DriverApi.cuMemGetInfo_v2(out nuint free, out nuint total) == CudaResult.Success
            ? $"{need}, of {total:N0} bytes on the device {free:N0} are free"
            : need;
    }
}
