using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Interop;

namespace PlannedDiffusion.Cuda.Runtime;

/// <summary>
/// A CUDA device. It keeps the primary context until the device and everything created on it are disposed.
/// </summary>
internal sealed class CudaDevice : IDisposable
{
    /// <summary>The oldest supported driver, 12.0, as 1000 * major + 10 * minor.</summary>
    private const int LeastDriverVersion = 12000;

    /// <summary>The lowest supported major compute capability: tensor cores with bf16.</summary>
    private const int LeastMajor = 8;

    // Programmatic dependent launch, in graphs too: a kernel may begin before the previous one has ended.
    private const int LeastOverlapMajor = 9;
    private const int LeastOverlapDriver = 12030;

    private readonly PrimaryContext _context;
    private readonly int _device;
    private bool _disposed;

    private CudaDevice(PrimaryContext context, int device, CudaLibraries libraries, int driverVersion)
    {
        _context = context;
        _device = device;
        Libraries = libraries;
        Name = ReadName(device);
        Major = Attribute(DeviceAttribute.ComputeCapabilityMajor);
        Minor = Attribute(DeviceAttribute.ComputeCapabilityMinor);
        Multiprocessors = Attribute(DeviceAttribute.MultiprocessorCount);
        MaxSharedBytesPerBlock = Attribute(DeviceAttribute.MaxSharedMemoryPerBlockOptIn);
        ClockKilohertz = Attribute(DeviceAttribute.ClockRate);
        MemoryClockKilohertz = Attribute(DeviceAttribute.MemoryClockRate);
        MemoryBusBits = Attribute(DeviceAttribute.GlobalMemoryBusWidth);
        CheckCapability(Name, Major, Minor);
        CanOverlapKernels = AllowsOverlap(Major, driverVersion);
    }

    /// <summary>The product name.</summary>
    public string Name { get; }

    /// <summary>Major compute capability.</summary>
    public int Major { get; }

    /// <summary>Minor compute capability.</summary>
    public int Minor { get; }

    /// <summary>The architecture as compilers name it, for instance <c>sm_90</c>.</summary>
    public string Architecture => $"sm_{Major}{Minor}";

    /// <summary>Number of streaming multiprocessors.</summary>
    public int Multiprocessors { get; }

    /// <summary>The most bytes of shared memory that a block may have, after its kernel has opted in.</summary>
    public int MaxSharedBytesPerBlock { get; }

    /// <summary>The highest clock of the multiprocessors in kHz; 0 if the device does not report it.</summary>
    public int ClockKilohertz { get; }

    /// <summary>
    /// The clock of the memory in kHz, with two transfers per cycle; 0 if the device does not report it.
    /// </summary>
    public int MemoryClockKilohertz { get; }

    /// <summary>Width of the memory bus in bits; 0 if the device does not report it.</summary>
    public int MemoryBusBits { get; }

    /// <summary>True if device and driver support programmatic dependent launch in graphs.</summary>
    public bool CanOverlapKernels { get; }

    /// <summary>The native libraries of the process.</summary>
    public CudaLibraries Libraries { get; }

    internal PrimaryContext Context => _context;

    /// <summary>Opens a device.</summary>
    /// <param name="ordinal">The number of the device, from 0.</param>
    /// <param name="libraries">Null for <see cref="CudaLibraries.Use"/>.</param>
    /// <exception cref="CudaLibraryException">The driver is missing or too old.</exception>
    /// <exception cref="CudaException">The driver failed, for instance because there is no device.</exception>
    /// <exception cref="NotSupportedException">The device is too old.</exception>
    public static CudaDevice Open(int ordinal = 0, CudaLibraries? libraries = null)
    {
        libraries ??= CudaLibraries.Use();
        _ = libraries.Driver;
        CudaException.ThrowIfFailed(DriverApi.cuInit(0));
        CudaException.ThrowIfFailed(DriverApi.cuDriverGetVersion(out int version));
        if (version < LeastDriverVersion)
        {
            throw new CudaLibraryException(
                $"The CUDA driver is of version {version / 1000}.{version % 1000 / 10}; 12.0 or newer is needed.");
        }

        CudaException.ThrowIfFailed(DriverApi.cuDeviceGetCount(out int count));
        ArgumentOutOfRangeException.ThrowIfNegative(ordinal);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(ordinal, Math.Max(count, 1));
        CudaException.ThrowIfFailed(DriverApi.cuDeviceGet(out int device, ordinal));
        PrimaryContext context = PrimaryContext.Retain(device);
        try
        {
            context.MakeCurrent();
            return new CudaDevice(context, device, libraries, version);
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of the device's memory: free now, and in total.</summary>
    public (long Free, long Total) Memory()
    {
        MakeCurrent();
        CudaException.ThrowIfFailed(DriverApi.cuMemGetInfo_v2(out nuint free, out nuint total));
        return ((long)free, (long)total);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        _context.Dispose();
    }

    /// <summary>
    /// Makes this the calling thread's device. Every public method of a runner calls it first, because callers change
    /// threads.
    /// </summary>
    internal void MakeCurrent()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _context.MakeCurrent();
    }

    internal DeviceMemory Allocate(long bytes, string what) => DeviceMemory.Allocate(this, bytes, what);

    internal PinnedMemory AllocatePinned(long bytes, string what) => PinnedMemory.Allocate(this, bytes, what);

    internal CudaStream CreateStream()
    {
        MakeCurrent();
        CudaException.ThrowIfFailed(DriverApi.cuStreamCreate(out nint stream, StreamFlags.NonBlocking));
        return new CudaStream(_context, stream);
    }

    internal CudaEvent CreateEvent(bool timing = false)
    {
        MakeCurrent();
        EventFlags flags = timing ? EventFlags.Default : EventFlags.DisableTiming;
        CudaException.ThrowIfFailed(DriverApi.cuEventCreate(out nint created, flags));
        return new CudaEvent(_context, created);
    }

    /// <param name="image">The compiled kernels.</param>
    /// <param name="name">The name of their source, for messages.</param>
    internal CudaModule LoadModule(ReadOnlySpan<byte> image, string name) => CudaModule.Load(this, image, name);

    internal static bool AllowsOverlap(int major, int driverVersion) =>
        major >= LeastOverlapMajor && driverVersion >= LeastOverlapDriver;

    internal static void CheckCapability(string name, int major, int minor)
    {
        if (major >= LeastMajor) return;
        throw new NotSupportedException(
            $"{name} has compute capability {major}.{minor}; {LeastMajor}.0 or newer is needed.");
    }

    private int Attribute(DeviceAttribute attribute)
    {
        CudaException.ThrowIfFailed(DriverApi.cuDeviceGetAttribute(out int value, attribute, _device));
        return value;
    }

    private static unsafe string ReadName(int device)
    {
        const int Length = 256;
        byte* name = stackalloc byte[Length];
        CudaException.ThrowIfFailed(DriverApi.cuDeviceGetName(name, Length, device));
        return Marshal.PtrToStringUTF8((nint)name) ?? "";
    }
}
