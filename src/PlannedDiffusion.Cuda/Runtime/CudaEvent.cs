using PlannedDiffusion.Cuda.Interop;

namespace PlannedDiffusion.Cuda.Runtime;

/// <summary>
/// A CUDA event: a mark in a stream (<see cref="CudaStream.Record"/>) that the host or another stream can wait for.
/// </summary>
internal sealed class CudaEvent(PrimaryContext context, nint created) : CudaHandle(context, created)
{
    /// <summary>Waits until the work before the mark is done. Returns at once if nothing was recorded.</summary>
    public void Synchronize() => CudaException.ThrowIfFailed(DriverApi.cuEventSynchronize(Value));

    public bool IsDone()
    {
        CudaResult result = DriverApi.cuEventQuery(Value);
        if (result == CudaResult.NotReady) return false;
        CudaException.ThrowIfFailed(result, nameof(DriverApi.cuEventQuery));
        return true;
    }

    /// <summary>The time between two marks that are done. Both events must have been created with timing.</summary>
    public float MillisecondsSince(CudaEvent earlier)
    {
        CudaException.ThrowIfFailed(DriverApi.cuEventElapsedTime(out float milliseconds, earlier.Value, Value));
        return milliseconds;
    }

    protected override bool Free(nint value) => DriverApi.cuEventDestroy_v2(value) == CudaResult.Success;
}
