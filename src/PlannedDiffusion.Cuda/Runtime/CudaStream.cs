using PlannedDiffusion.Cuda.Interop;

namespace PlannedDiffusion.Cuda.Runtime;

/// <summary>
/// A queue of work for the device. Calls return before the work is done, except copies of host memory that is not
/// pinned. The stream's device must be the calling thread's device (<see cref="CudaDevice.MakeCurrent"/>).
/// </summary>
internal sealed class CudaStream(PrimaryContext context, nint stream) : CudaHandle(context, stream)
{
    /// <summary>
    /// Permits programmatic dependent launch: a kernel that waits for the previous kernel itself may begin before the
    /// previous one has ended. This concerns our own kernels only. All other work runs in order.
    /// </summary>
    public bool OverlapsKernels { get; set; }

    /// <summary>True if the last work in the queue is one of our own kernels.</summary>
    public bool EndsWithKernel { get; set; }

    /// <summary>True if the next kernel may begin before the previous one has ended.</summary>
    public bool MayOverlap => OverlapsKernels && EndsWithKernel;

    /// <summary>Waits for all work queued so far and throws if any of it failed.</summary>
    public void Synchronize() => CudaException.ThrowIfFailed(DriverApi.cuStreamSynchronize(Value));

    /// <summary>Waits for all work queued so far and ignores failures, before its memory is freed.</summary>
    public void Finish()
    {
        if (!IsClosed) _ = DriverApi.cuStreamSynchronize(Value);
    }

    /// <summary>True if all work queued so far is done.</summary>
    public bool IsIdle()
    {
        CudaResult result = DriverApi.cuStreamQuery(Value);
        if (result == CudaResult.NotReady) return false;
        CudaException.ThrowIfFailed(result, nameof(DriverApi.cuStreamQuery));
        return true;
    }

    public void CopyToDevice(ulong target, nint source, long bytes) =>
        CudaException.ThrowIfFailed(DriverApi.cuMemcpyHtoDAsync_v2(target, source, checked((nuint)bytes), ForOthers));

    public void CopyToHost(nint target, ulong source, long bytes) =>
        CudaException.ThrowIfFailed(DriverApi.cuMemcpyDtoHAsync_v2(target, source, checked((nuint)bytes), ForOthers));

    public void Copy(ulong target, ulong source, long bytes) =>
        CudaException.ThrowIfFailed(DriverApi.cuMemcpyDtoDAsync_v2(target, source, checked((nuint)bytes), ForOthers));

    public void Fill(ulong target, byte value, long bytes) =>
        CudaException.ThrowIfFailed(DriverApi.cuMemsetD8Async(target, value, checked((nuint)bytes), ForOthers));

    /// <summary>Fills <paramref name="height"/> rows of <paramref name="width"/> bytes that begin every
    /// <paramref name="pitch"/> bytes.</summary>
    public void Fill2D(ulong target, long pitch, byte value, long width, long height) =>
        CudaException.ThrowIfFailed(DriverApi.cuMemsetD2D8Async(
            target, checked((nuint)pitch), value, checked((nuint)width), checked((nuint)height), ForOthers));

    public void Record(CudaEvent e) => CudaException.ThrowIfFailed(DriverApi.cuEventRecord(e.Value, ForOthers));

    /// <summary>Makes later work of this stream wait for <paramref name="e"/> on the device.</summary>
    public void Wait(CudaEvent e) => CudaException.ThrowIfFailed(DriverApi.cuStreamWaitEvent(ForOthers, e.Value, 0));

    /// <summary>
    /// Captures the work that <paramref name="record"/> queues as a graph. The capture has ended when this returns or
    /// throws.
    /// </summary>
    public CudaGraph Capture(Action record)
    {
        CudaException.ThrowIfFailed(DriverApi.cuStreamBeginCapture_v2(ForOthers, CaptureMode.ThreadLocal));
        try
        {
            record();
        }
        catch
        {
            if (DriverApi.cuStreamEndCapture(ForOthers, out nint abandoned) == CudaResult.Success)
                _ = DriverApi.cuGraphDestroy(abandoned);
            throw;
        }

        CudaException.ThrowIfFailed(DriverApi.cuStreamEndCapture(ForOthers, out nint template));
        try
        {
            CudaException.ThrowIfFailed(DriverApi.cuGraphInstantiateWithFlags(out nint executable, template, 0));
            return new CudaGraph(Context, executable);
        }
        finally
        {
            _ = DriverApi.cuGraphDestroy(template);
        }
    }

    public void Launch(CudaGraph graph) =>
        CudaException.ThrowIfFailed(DriverApi.cuGraphLaunch(graph.Value, ForOthers));

    /// <summary>The handle, for work that is not one of our own kernels.</summary>
    private nint ForOthers
    {
        get
        {
            EndsWithKernel = false;
            return Value;
        }
    }

    protected override bool Free(nint value) => DriverApi.cuStreamDestroy_v2(value) == CudaResult.Success;
}
