using System.Runtime.InteropServices;

namespace PlannedDiffusion.Cuda.Runtime;

/// <summary>
/// The handle of an object in a device's context. Freeing never throws, because a failed context refuses every call and
/// because finalizers run on a thread of their own.
/// </summary>
internal abstract class CudaHandle : SafeHandle
{
    private readonly PrimaryContext _context;

    protected CudaHandle(PrimaryContext context, nint value)
        : base(0, ownsHandle: true)
    {
        bool added = false;
        context.DangerousAddRef(ref added);
        _context = context;
        SetHandle(value);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>The driver's handle.</summary>
    public nint Value
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return handle;
        }
    }

    protected PrimaryContext Context => _context;

    protected sealed override bool ReleaseHandle()
    {
        _context.TryMakeCurrent();
        bool freed = Free(handle);
        _context.DangerousRelease();
        return freed;
    }

    /// <summary>Frees the object. False if the driver refused.</summary>
    protected abstract bool Free(nint value);
}
