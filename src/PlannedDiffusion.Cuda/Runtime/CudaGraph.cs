using PlannedDiffusion.Cuda.Interop;

namespace PlannedDiffusion.Cuda.Runtime;

/// <summary>A captured CUDA graph, launched by <see cref="CudaStream.Launch"/>.</summary>
internal sealed class CudaGraph(PrimaryContext context, nint executable) : CudaHandle(context, executable)
{
    protected override bool Free(nint value) => DriverApi.cuGraphExecDestroy(value) == CudaResult.Success;
}
