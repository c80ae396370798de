using System.Runtime.InteropServices;

namespace PlannedDiffusion.Cuda.Runtime;

/// <summary>
/// Something that lives in a device's context and must be freed. Freeing never throws: a context that failed refuses
/// every call, and finalizers run on a thread of their own.
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

    /// <summary>What the driver knows this by.</summary>
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

    /// <summary>Frees it; false where the driver refused.</summary>
    protected abstract bool Free(nint value);
}
