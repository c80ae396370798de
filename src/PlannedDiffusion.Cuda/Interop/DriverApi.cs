using System.Runtime.InteropServices;

namespace PlannedDiffusion.Cuda.Interop;

/// <summary>The functions of the CUDA driver that the runner uses, under their native names.</summary>
internal static unsafe partial class DriverApi
{
    private const string Library = CudaLibraries.DriverName;

    [LibraryImport(Library)]
    public static partial CudaResult cuInit(uint flags);

    [LibraryImport(Library)]
    public static partial CudaResult cuDriverGetVersion(out int version);

    [LibraryImport(Library)]
    public static partial CudaResult cuGetErrorName(CudaResult error, out nint name);

    [LibraryImport(Library)]
    public static partial CudaResult cuGetErrorString(CudaResult error, out nint text);

    [LibraryImport(Library)]
    public static partial CudaResult cuDeviceGetCount(out int count);

    [LibraryImport(Library)]
    public static partial CudaResult cuDeviceGet(out int device, int ordinal);

    [LibraryImport(Library)]
    public static partial CudaResult cuDeviceGetName(byte* name, int length, int device);

    [LibraryImport(Library)]
    public static partial CudaResult cuDeviceGetAttribute(out int value, DeviceAttribute attribute, int device);

    [LibraryImport(Library)]
    public static partial CudaResult cuDevicePrimaryCtxRetain(out nint context, int device);

    [LibraryImport(Library)]
    public static partial CudaResult cuDevicePrimaryCtxRelease_v2(int device);

    [LibraryImport(Library)]
    public static partial CudaResult cuCtxSetCurrent(nint context);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemGetInfo_v2(out nuint free, out nuint total);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemAlloc_v2(out ulong address, nuint bytes);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemFree_v2(ulong address);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemHostAlloc(out nint address, nuint bytes, uint flags);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemFreeHost(nint address);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemcpyHtoDAsync_v2(ulong target, nint source, nuint bytes, nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemcpyDtoHAsync_v2(nint target, ulong source, nuint bytes, nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemcpyDtoDAsync_v2(ulong target, ulong source, nuint bytes, nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemsetD8Async(ulong target, byte value, nuint bytes, nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemsetD2D8Async(
        ulong target, nuint pitch, byte value, nuint width, nuint height, nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuModuleLoadDataEx(
        out nint module, byte* image, uint options, nint names, nint values);

    [LibraryImport(Library)]
    public static partial CudaResult cuModuleUnload(nint module);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial CudaResult cuModuleGetFunction(out nint function, nint module, string name);

    [LibraryImport(Library)]
    public static partial CudaResult cuFuncGetAttribute(out int value, FunctionAttribute attribute, nint function);

    [LibraryImport(Library)]
    public static partial CudaResult cuFuncSetAttribute(nint function, FunctionAttribute attribute, int value);

    [LibraryImport(Library)]
    public static partial CudaResult cuLaunchKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes,
        nint stream, void** parameters, void** extra);

    [LibraryImport(Library)]
    public static partial CudaResult cuLaunchKernelEx(
        LaunchConfig* config, nint function, void** parameters, void** extra);

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamCreate(out nint stream, StreamFlags flags);

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamDestroy_v2(nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamSynchronize(nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamQuery(nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamWaitEvent(nint stream, nint awaited, uint flags);

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamBeginCapture_v2(nint stream, CaptureMode mode);

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamEndCapture(nint stream, out nint graph);

    [LibraryImport(Library)]
    public static partial CudaResult cuGraphInstantiateWithFlags(out nint executable, nint graph, ulong flags);

    [LibraryImport(Library)]
    public static partial CudaResult cuGraphDestroy(nint graph);

    [LibraryImport(Library)]
    public static partial CudaResult cuGraphExecDestroy(nint executable);

    [LibraryImport(Library)]
    public static partial CudaResult cuGraphLaunch(nint executable, nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuEventCreate(out nint created, EventFlags flags);

    [LibraryImport(Library)]
    public static partial CudaResult cuEventDestroy_v2(nint destroyed);

    [LibraryImport(Library)]
    public static partial CudaResult cuEventRecord(nint recorded, nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuEventSynchronize(nint awaited);

    [LibraryImport(Library)]
    public static partial CudaResult cuEventQuery(nint queried);

    [LibraryImport(Library)]
    public static partial CudaResult cuEventElapsedTime(out float milliseconds, nint start, nint end);
}
