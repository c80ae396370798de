using PlannedDiffusion.Cuda.Interop;

namespace PlannedDiffusion.Cuda.Runtime;

/// <summary>A kernel of a module, which it keeps alive but does not own.</summary>
internal sealed class CudaFunction
{
    // Names of the fields in the array of extras, as the driver's header defines them.
    private const nint ParameterBuffer = 1;
    private const nint ParameterBufferSize = 2;

    /// <summary>From this virtual architecture on kernels wait for those before them.</summary>
    private const int LeastWaitingPtx = 90;

    /// <summary>Percent: all of the L1 that can be shared memory.</summary>
    private const int WholeCarveout = 100;

    private readonly CudaModule _module;
    private readonly nint _function;
    private readonly bool _waits;

    internal CudaFunction(CudaModule module, nint function, string name)
    {
        _module = module;
        _function = function;
        Name = name;
        // A compiler that does not know the device makes code for its forerunners, which lacks the wait.
        _waits = Attribute(FunctionAttribute.PtxVersion) >= LeastWaitingPtx;
    }

    public string Name { get; }

    /// <summary>Lets launches ask for so much dynamic shared memory; without, 48 KiB are the limit.</summary>
    public void AllowShared(int bytes) =>
        SetAttribute(FunctionAttribute.MaxDynamicSharedBytes, bytes, $"with {bytes} bytes of shared memory");

    /// <summary>
    /// Asks for the L1 to be shared memory as far as it can, whatever this kernel needs. Between kernels that differ in
    /// it a multiprocessor has to run empty and divide its L1 anew, so all kernels of a step ask for the same.
    /// </summary>
    public void PreferShared() =>
        SetAttribute(FunctionAttribute.PreferredSharedCarveout, WholeCarveout, "with a preference for shared memory");

    /// <summary>What it takes: registers and local bytes of a thread, static shared bytes of a block.</summary>
    public (int Registers, int LocalBytes, int StaticShared) Attributes() => (
        Attribute(FunctionAttribute.Registers),
        Attribute(FunctionAttribute.LocalBytes),
        Attribute(FunctionAttribute.SharedBytes));

    /// <summary>Percent of the L1 that it prefers as shared memory; -1: the driver's choice.</summary>
    public int SharedCarveout => Attribute(FunctionAttribute.PreferredSharedCarveout);

    /// <summary>
    /// Queues a launch; the parameters are copied before this returns. Where the stream lets it
    /// (<see cref="CudaStream.OverlapsKernels"/>), the kernel may begin before the one before it has ended. Allocates
    /// nothing.
    /// </summary>
    public unsafe void Launch<T>(CudaStream stream, Dim3 grid, Dim3 block, int sharedBytes, in T parameters)
        where T : unmanaged
    {
        bool overlaps = _waits && stream.MayOverlap;
        CudaResult result;
        fixed (T* first = &parameters)
        {
            nuint size = (nuint)sizeof(T);
            void** extra = stackalloc void*[5];
            extra[0] = (void*)ParameterBuffer;
            extra[1] = first;
            extra[2] = (void*)ParameterBufferSize;
            extra[3] = &size;
            extra[4] = null;
            result = overlaps
                ? LaunchEarly(stream, grid, block, sharedBytes, extra)
                : DriverApi.cuLaunchKernel(
                    Function, (uint)grid.X, (uint)grid.Y, (uint)grid.Z, (uint)block.X, (uint)block.Y, (uint)block.Z,
                    (uint)sharedBytes, stream.Value, null, extra);
        }

        if (result != CudaResult.Success) throw LaunchFailure(result, overlaps, grid, block, sharedBytes);
        stream.EndsWithKernel = true;
    }

    private unsafe CudaResult LaunchEarly(CudaStream stream, Dim3 grid, Dim3 block, int sharedBytes, void** extra)
    {
        var overlap = new LaunchAttribute { Id = LaunchAttribute.ProgrammaticStreamSerialization, Value = 1 };
        var config = new LaunchConfig
        {
            GridX = (uint)grid.X,
            GridY = (uint)grid.Y,
            GridZ = (uint)grid.Z,
            BlockX = (uint)block.X,
            BlockY = (uint)block.Y,
            BlockZ = (uint)block.Z,
            SharedBytes = (uint)sharedBytes,
            Stream = stream.Value,
            Attributes = &overlap,
            AttributeCount = 1,
        };
        return DriverApi.cuLaunchKernelEx(&config, Function, null, extra);
    }

    private nint Function
    {
        get
        {
            ObjectDisposedException.ThrowIf(_module.IsClosed, _module);
            return _function;
        }
    }

    private void SetAttribute(FunctionAttribute attribute, int value, string how)
    {
        _module.MakeCurrent(); // kernels may be loaded on any thread
        CudaResult result = DriverApi.cuFuncSetAttribute(Function, attribute, value);
        if (result != CudaResult.Success)
            throw CudaException.Create(result, nameof(DriverApi.cuFuncSetAttribute), $"{Name} {how}");
    }

    private int Attribute(FunctionAttribute attribute)
    {
        _module.MakeCurrent();
        CudaException.ThrowIfFailed(DriverApi.cuFuncGetAttribute(out int value, attribute, Function));
        return value;
    }

    private CudaException LaunchFailure(CudaResult result, bool overlaps, Dim3 grid, Dim3 block, int sharedBytes)
    {
        string call = overlaps ? nameof(DriverApi.cuLaunchKernelEx) : nameof(DriverApi.cuLaunchKernel);
        string detail = $"{Name} of {_module.Name}, grid {grid}, block {block}, {sharedBytes} bytes of shared memory";
        return CudaException.Create(result, call, detail);
    }
}
