using System.Runtime.CompilerServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests;

/// <summary>
/// The device of all tests: the driver that PD_CUDA_DRIVER names, else the simulated one that the build made, else a
/// real one. Where there is none, whatever a test asks of it skips that test.
/// </summary>
public sealed class TestDevice : IDisposable
{
    private readonly string? _missing;
    private readonly CudaDevice? _device;
    private readonly KernelLibrary? _library;
    private readonly CudaStream? _stream;
    private readonly List<DeviceMemory> _memory = [];

    public TestDevice()
    {
        try
        {
            _device = CudaDevice.Open(0, CudaLibraries.Use(Paths()));
            _library = new KernelLibrary(_device, new KernelCompiler(_device.Libraries, Folders()));
            _stream = _device.CreateStream();
        }
        catch (CudaLibraryException e)
        {
            _missing = $"No CUDA driver and no simulated one at {Simulator}: {e.Message}";
        }
    }

    /// <summary>The device, which it makes the calling thread's.</summary>
    internal CudaDevice Device
    {
        get
        {
            Assert.SkipWhen(_missing is not null, _missing ?? "");
            _device!.MakeCurrent();
            return _device;
        }
    }

    /// <summary>The stream of all that this class does.</summary>
    internal CudaStream Stream => Device is null ? null! : _stream!;

    internal KernelLibrary Library => Device is null ? null! : _library!;

    /// <summary>The driver by its path; null for the system's own.</summary>
    internal static string? Driver =>
        UsesSimulator ? Simulator : Environment.GetEnvironmentVariable("PD_CUDA_DRIVER");

    private static string Simulator => Repository.PathTo("build", "tests", "cuda_sim", "libcuda_sim.so");

    /// <summary>A tensor of its own on the device, so that a sanitizer sees its bounds.</summary>
    internal ulong Upload<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        ulong address = AllocateBytes((long)values.Length * Unsafe.SizeOf<T>());
        Write(address, values);
        return address;
    }

    internal ulong Upload<T>(T[] values)
        where T : unmanaged => Upload<T>(values.AsSpan());

    /// <summary>A tensor whose bytes are all 0xFF: NaN in every floating-point type, -1 in every integer.</summary>
    internal ulong Allocate<T>(long count)
        where T : unmanaged
    {
        long bytes = count * Unsafe.SizeOf<T>();
        ulong address = AllocateBytes(bytes);
        Stream.Fill(address, 0xFF, bytes);
        return address;
    }

    /// <summary>Overwrites what lies at an address, behind all that was queued.</summary>
    internal unsafe void Write<T>(ulong address, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        CudaStream stream = Stream;
        fixed (T* first = values)
        {
            stream.CopyToDevice(address, (nint)first, (long)values.Length * Unsafe.SizeOf<T>());
            stream.Synchronize();
        }
    }

    /// <summary>Waits for all that was queued, and reads.</summary>
    internal unsafe T[] Download<T>(ulong address, int count)
        where T : unmanaged
    {
        CudaStream stream = Stream;
        var values = new T[count];
        fixed (T* first = values)
        {
            stream.CopyToHost((nint)first, address, (long)count * Unsafe.SizeOf<T>());
            stream.Synchronize();
        }

        return values;
    }

    /// <summary>Frees all tensors made here so far.</summary>
    public void Free()
    {
        foreach (DeviceMemory memory in _memory) memory.Dispose();
        _memory.Clear();
    }

    public void Dispose()
    {
        Free();
        _stream?.Dispose();
        _library?.Dispose();
        _device?.Dispose();
    }

    private static bool UsesSimulator =>
        string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PD_CUDA_DRIVER")) && File.Exists(Simulator);

    private static CudaLibraryPaths? Paths() => UsesSimulator ? new CudaLibraryPaths { Driver = Simulator } : null;

    /// <summary>What the simulator compiles is kept beside it, not in the user's cache.</summary>
    internal static KernelCompilerOptions? Folders() =>
        UsesSimulator && string.IsNullOrEmpty(Environment.GetEnvironmentVariable(KernelCache.FolderVariable))
            ? new KernelCompilerOptions { CacheFolder = Repository.PathTo("build", "tests", "kernel_cache") }
            : null;

    private ulong AllocateBytes(long bytes)
    {
        DeviceMemory memory = Device.Allocate(bytes, "test tensor");
        _memory.Add(memory);
        return memory.Address;
    }
}

/// <summary>All tests of a device run one after another, and share it.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class CudaDefinition : ICollectionFixture<TestDevice>
{
    public const string Name = "CUDA device";
}

/// <summary>Base of the tests of a device; the tensors of one test are gone when the next begins.</summary>
[Collection(CudaDefinition.Name)]
public abstract class CudaTests(TestDevice device) : IDisposable
{
    protected TestDevice Device { get; } = device;

    public virtual void Dispose()
    {
        Device.Free();
        GC.SuppressFinalize(this);
    }
}
