using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Interop;

namespace PlannedDiffusion.Cuda.Runtime;

/// <summary>
/// A device's primary context. Everything created in it keeps a reference, so the context is released last.
/// </summary>
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

    /// <summary>Makes this the calling thread's context. Every call of the driver needs one.</summary>
    public void MakeCurrent()
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        CudaException.ThrowIfFailed(DriverApi.cuCtxSetCurrent(handle));
    }

    /// <summary>
    /// The same before freeing an object: it ignores failures and works after this handle was disposed.
    /// </summary>
    public void TryMakeCurrent() => _ = DriverApi.cuCtxSetCurrent(handle);

    protected override bool ReleaseHandle() =>
        DriverApi.cuDevicePrimaryCtxRelease_v2(_device) == CudaResult.Success;
}
