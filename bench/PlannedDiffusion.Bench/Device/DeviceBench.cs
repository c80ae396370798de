using System.Runtime.CompilerServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Kernels.Choose;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Bench.Device;

/// <summary>
/// A device to measure on. It provides memory, random numbers, and times by the device's clock. A measured kernel runs
/// in a graph of several calls, whose inputs together exceed the caches, as in a model.
/// </summary>
internal sealed class DeviceBench : IDisposable
{
    private const int WarmUps = 2;
    private const int MostCopies = 96;

    private readonly List<DeviceMemory> _memory = [];
    private readonly RandomFillKernel _fill;
    private readonly long _beyondCaches;
    private ulong _seed;

    private DeviceBench(CudaDevice device, int repetitions, bool small, bool overlap, string? productTable)
    {
        Device = device;
        OverlapsKernels = overlap && device.CanOverlapKernels;
        CudaException.ThrowIfFailed(DriverApi.cuDriverGetVersion(out int version));
        DriverVersion = version;
        Repetitions = repetitions;
        IsSmall = small;
        _beyondCaches = small ? 1 : 256L << 20;
        ProductTable = productTable;
        Products = ProductTables.For(device, productTable);
        Library = KernelLibrary.Create(device, cacheFolder: null);
        Stream = device.CreateStream();
        _fill = new RandomFillKernel(Library, Options);
    }

    public CudaDevice Device { get; }

    /// <summary>The newest CUDA version that the driver supports, as 1000 * major + 10 * minor.</summary>
    public int DriverVersion { get; }

    public CudaStream Stream { get; }

    public KernelLibrary Library { get; }

    /// <summary>Options for bf16, the type of models.</summary>
    public KernelOptions Options { get; } = new(bFloat16: true);

    public int Repetitions { get; }

    /// <summary>True if in whole steps a kernel may begin before the end of the one before.</summary>
    public bool OverlapsKernels { get; }

    /// <summary>Optional things that are missing, and why, each in one readable sentence.</summary>
    public HashSet<string> Notes { get; } = [];

    /// <summary>The file with a product table; null for the default tables.</summary>
    public string? ProductTable { get; }

    /// <summary>The tables that choose the kernels of matrix products.</summary>
    public ProductTables Products { get; }

    /// <summary>True for tests of the benchmarks: sizes are small, and inputs do not exceed the caches.</summary>
    public bool IsSmall { get; }

    /// <param name="repetitions">Number of repetitions of each measurement.</param>
    /// <param name="small">True for small sizes.</param>
    /// <param name="overlap">True if kernels of a step may overlap, on devices that can.</param>
    /// <param name="productTable">File with a product table; null for the default tables.</param>
    public static DeviceBench Open(int repetitions, bool small, bool overlap, string? productTable)
    {
        var device = CudaDevice.Open();
        try
        {
            return new DeviceBench(device, repetitions, small, overlap, productTable);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <summary>The number of copies of an input with which they exceed the caches.</summary>
    public int Copies(long bytes) => (int)Math.Clamp(_beyondCaches / bytes + 1, 2, MostCopies);

    /// <summary>Allocates zeroed memory.</summary>
    public ulong Allocate(long bytes, string what)
    {
        Device.MakeCurrent();
        DeviceMemory memory = Device.Allocate(bytes, what);
        _memory.Add(memory);
        Stream.Fill(memory.Address, 0, bytes);
        return memory.Address;
    }

    /// <summary>Allocates random bf16 numbers between -1 and 1.</summary>
    public ulong Random(long elements, string what)
    {
        ulong address = Allocate(elements * sizeof(ushort), what);
        Fill(address, elements, isFloat: false, range: 1);
        return address;
    }

    /// <summary>Allocates random f32 numbers between -range and range.</summary>
    public ulong RandomFloats(long count, float range, string what)
    {
        ulong address = Allocate(count * sizeof(float), what);
        Fill(address, count, isFloat: true, range);
        return address;
    }

    public ulong Upload<T>(ReadOnlySpan<T> values, string what)
        where T : unmanaged
    {
        ulong address = Allocate((long)values.Length * Unsafe.SizeOf<T>(), what);
        Write(address, values);
        return address;
    }

    public unsafe void Write<T>(ulong address, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        fixed (T* first = values) Stream.CopyToDevice(address, (nint)first, (long)values.Length * sizeof(T));
        Stream.Synchronize();
    }

    /// <summary>Frees all allocated memory.</summary>
    public void Free()
    {
        Stream.Synchronize();
        foreach (DeviceMemory memory in _memory) memory.Dispose();
        _memory.Clear();
    }

    /// <summary>Captures all calls in one graph and measures its runs. The time is that of one call.</summary>
    /// <param name="calls">Number of calls.</param>
    /// <param name="queue">Queues the call with the given index.</param>
    public DeviceTime Measure(int calls, Action<int> queue)
    {
        Device.MakeCurrent();
        using CudaGraph graph = Stream.Capture(() =>
        {
            for (int call = 0; call < calls; call++) queue(call);
        });
        return Time(calls, () => Stream.Launch(graph));
    }

    /// <summary>Measures the work of <paramref name="queue"/>, which has this number of calls.</summary>
    public DeviceTime Time(int calls, Action queue)
    {
        using CudaEvent begin = Device.CreateEvent(timing: true), end = Device.CreateEvent(timing: true);
        for (int i = 0; i < WarmUps; i++) queue();
        var times = new double[Repetitions];
        for (int i = 0; i < times.Length; i++)
        {
            Stream.Synchronize();
            Stream.Record(begin);
            queue();
            Stream.Record(end);
            end.Synchronize();
            times[i] = end.MillisecondsSince(begin) * 1e3 / calls;
        }

        return DeviceTime.Of(times);
    }

    /// <summary>Bandwidth of a copy within the device's memory in GB/s, with reads and writes both counted.</summary>
    public double CopyGigabytesPerSecond()
    {
        long bytes = IsSmall ? 1 << 16 : 2L << 30;
        using DeviceMemory source = Device.Allocate(bytes, "source of a copy");
        using DeviceMemory target = Device.Allocate(bytes, "target of a copy");
        Fill(source.Address, bytes / sizeof(float), isFloat: true, range: 1);
        DeviceTime time = Time(1, () => Stream.Copy(target.Address, source.Address, bytes));
        return 2 * bytes / time.MedianMicroseconds / 1e3;
    }

    public void Dispose()
    {
        foreach (DeviceMemory memory in _memory) memory.Dispose();
        Library.Dispose();
        Stream.Dispose();
        Device.Dispose();
    }

    private void Fill(ulong address, long count, bool isFloat, float range)
    {
        const int Columns = 1 << 10;
        int size = isFloat ? sizeof(float) : sizeof(ushort);
        long rows = count / Columns, left = count % Columns;
        FillRows(address, (int)rows, Columns);
        FillRows(address + (ulong)(rows * Columns * size), 1, (int)left);

        void FillRows(ulong first, int rowCount, int columns) => _fill.Launch(Stream, new RandomFillParameters
        {
            Out = first,
            Seed = ++_seed,
            Rows = rowCount,
            Columns = columns,
            Stride = columns,
            IsFloat = isFloat ? 1 : 0,
            Range = range,
        });
    }
}
