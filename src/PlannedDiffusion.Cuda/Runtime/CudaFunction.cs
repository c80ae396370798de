using PlannedDiffusion.Cuda.Interop;

namespace PlannedDiffusion.Cuda.Runtime;

/// <summary>A kernel of a module. It keeps the module alive but does not own it.</summary>
internal sealed class CudaFunction
{
    // Keys in the array of extra options, from the driver's header.
    private const nint ParameterBuffer = 1;
    private const nint ParameterBufferSize = 2;

    /// <summary>From this virtual architecture on, kernels contain griddepcontrol.wait.</summary>
    private const int LeastWaitingPtx = 90;

    /// <summary>Percent of the L1 cache that is to be shared memory.</summary>
    private const int WholeCarveout = 100;

    private readonly CudaModule _module;
    private readonly nint _function;
    private readonly bool _waits;

    internal CudaFunction(CudaModule module, nint function, string name)
    {
        _module = module;
        _function = function;
        Name = name;
        // A compiler that does not know the device compiles for an older one, and that code lacks the wait.
        _waits = Attribute(FunctionAttribute.PtxVersion) >= LeastWaitingPtx;
    }

    public string Name { get; }

    /// <summary>Permits launches with this much dynamic shared memory. The default limit is 48 KiB.</summary>
    public void AllowShared(int bytes) =>
        SetAttribute(FunctionAttribute.MaxDynamicSharedBytes, bytes, $"with {bytes} bytes of shared memory");

    /// <summary>
    /// Prefers as much shared memory as the L1 cache can give, whatever this kernel needs. A multiprocessor must be
    /// idle to divide its L1 cache differently, so all kernels of a step prefer the same.
    /// </summary>
    public void PreferShared() =>
        SetAttribute(FunctionAttribute.PreferredSharedCarveout, WholeCarveout, "with a preference for shared memory");

    /// <summary>Registers and local bytes of a thread, and static shared bytes of a block.</summary>
    public (int Registers, int LocalBytes, int StaticShared) Attributes() => (
        Attribute(FunctionAttribute.Registers),
        Attribute(FunctionAttribute.LocalBytes),
        Attribute(FunctionAttribute.SharedBytes));

    /// <summary>The preferred percentage of shared memory in the L1 cache; -1 for the driver's choice.</summary>
    public int SharedCarveout => Attribute(FunctionAttribute.PreferredSharedCarveout);

    /// <summary>
    /// Queues a launch. The parameters are copied before this returns. If the stream permits it
    /// (<see cref="CudaStream.OverlapsKernels"/>), the kernel may begin before the previous one has ended. Allocates
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
