using PlannedDiffusion.Cuda.Interop;

namespace PlannedDiffusion.Cuda.Runtime;

/// <summary>Pinned host memory, which the device copies without the processor.</summary>
internal sealed class PinnedMemory : CudaHandle
{
    private PinnedMemory(PrimaryContext context, nint address, long bytes)
        : base(context, address)
    {
        Bytes = bytes;
    }

    public nint Address => Value;

    public long Bytes { get; }

    /// <summary>The whole memory as a span, if a span can be that long.</summary>
    public unsafe Span<byte> Span => new((void*)Value, checked((int)Bytes));

    public static PinnedMemory Allocate(CudaDevice device, long bytes, string what)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        device.MakeCurrent();
        CudaResult result = DriverApi.cuMemHostAlloc(out nint address, (nuint)bytes, 0);
        if (result != CudaResult.Success)
        {
            string need = $"{what} needs {bytes:N0} bytes of pinned host memory";
            throw CudaException.Create(result, nameof(DriverApi.cuMemHostAlloc), need);
        }

        return new PinnedMemory(device.Context, address, bytes);
    }

    protected override bool Free(nint value) => DriverApi.cuMemFreeHost(value) == CudaResult.Success;
}
