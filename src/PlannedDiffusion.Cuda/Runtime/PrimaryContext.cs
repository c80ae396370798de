using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Interop;

namespace PlannedDiffusion.Cuda.Runtime;

/// <summary>A device's primary context. Everything made in it keeps a reference, so it is released last.</summary>
internal sealed class PrimaryContext : SafeHandle
{
    private readonly int _device;

    private PrimaryContext(nint context, int device)
        : base(0, ownsHandle: true)
    {
        _device = device;
        SetHandle(context);
    }

    public override bool IsInvalid => handle == 0;

    public static PrimaryContext Retain(int device)
    {
        CudaException.ThrowIfFailed(DriverApi.cuDevicePrimaryCtxRetain(out nint context, device));
        return new PrimaryContext(context, device);
    }

    /// <summary>Makes it the calling thread's context, as every call into the driver needs.</summary>
    public void MakeCurrent()
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        CudaException.ThrowIfFailed(DriverApi.cuCtxSetCurrent(handle));
    }

    /// <summary>The same for freeing, which goes on whatever happens, also after this handle was disposed.</summary>
    public void TryMakeCurrent() => _ = DriverApi.cuCtxSetCurrent(handle);

    protected override bool ReleaseHandle() =>
        DriverApi.cuDevicePrimaryCtxRelease_v2(_device) == CudaResult.Success;
}
