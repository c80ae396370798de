using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Choose;

/// <summary>The time of a product whose weights are in memory and not in the L2 cache.</summary>
internal readonly record struct ProductTiming(MatrixProduct Product, double Microseconds, long WeightBytes)
{
    /// <summary>Weights read per second, GB/s.</summary>
    public double GigabytesPerSecond => WeightBytes / Microseconds / 1e3;

    /// <summary>Multiplications and additions per second, TFLOP/s.</summary>
    public double TeraflopsPerSecond =>
        2.0 * Product.Rows * Product.Shape.Outputs * Product.Shape.Inputs / Microseconds / 1e6;
}

/// <summary>
/// Measures products on the device. Times vary between runs, so a start does not choose by them. They are measured
/// once, and the choice is stored in a <see cref="ProductTable"/>.
/// </summary>
internal sealed class ProductTimings(CudaDevice device, CudaStream stream, bool bfloat16)
{
    private const int WarmUps = 2;
    private const int Runs = 5;
    private const long RotationBytes = 256 << 20;  // several times the L2 cache of any device
    private const int MaxCopies = 16;

    /// <summary>
    /// Measures all candidates of each shape and bucket of rows. The result is in this order, with the fastest
    /// candidate of a shape and bucket first.
    /// </summary>
    public IReadOnlyList<ProductTiming> Measure(
        MatrixProducts products, IEnumerable<ProductShape> shapes, IReadOnlyList<int> buckets)
    {
        var all = new List<ProductTiming>();
        foreach (ProductShape shape in shapes)
        {
            long weightBytes = (long)shape.Outputs * shape.Inputs * ElementBytes;
            int copies = (int)Math.Clamp(RotationBytes / weightBytes + 1, 2, MaxCopies);
            using DeviceMemory weights = device.Allocate(copies * weightBytes, "weights to measure products with");
            FillWithNumbers(weights);
            foreach (int rows in buckets)
            {
                all.AddRange(products.Candidates(shape, rows)
                    .Select(product => Measure(product, weights.Address, weightBytes, copies))
                    .OrderBy(timing => timing.Microseconds));
            }
        }

        return all;
    }

    private int ElementBytes => bfloat16 ? 2 : 4;

    /// <summary>
    /// The median of several runs. A run is a graph that multiplies once with each copy of the weights.
    /// </summary>
    private ProductTiming Measure(MatrixProduct product, ulong weights, long weightBytes, int copies)
    {
        long inputBytes = (long)product.InputRows * product.Shape.Inputs * ElementBytes;
        using DeviceMemory input = device.Allocate(inputBytes, "input");
        using DeviceMemory output = device.Allocate(product.OutputBytes(ElementBytes), "product");
        using DeviceMemory scratch = device.Allocate(Math.Max(product.ScratchBytes, 1), "scratch of a product");
        FillWithNumbers(input);
        using CudaGraph graph = stream.Capture(() =>
        {
            for (int copy = 0; copy < copies; copy++)
            {
                ulong address = weights + (ulong)(copy * weightBytes);
                product.Launch(stream, output.Address, input.Address, address, scratch.Address);
            }
        });
        using CudaEvent begin = device.CreateEvent(timing: true);
        using CudaEvent end = device.CreateEvent(timing: true);
        for (int run = 0; run < WarmUps; run++) stream.Launch(graph);
        var times = new double[Runs];
        for (int run = 0; run < Runs; run++)
        {
            stream.Record(begin);
            stream.Launch(graph);
            stream.Record(end);
            end.Synchronize();
            times[run] = end.MillisecondsSince(begin) * 1e3 / copies;
        }

        Array.Sort(times);
        return new ProductTiming(product, times[Runs / 2], weightBytes);
    }

    /// <summary>
    /// Fills memory with numbers from -1 to 1, as pairs of bf16 or as f32. A device would be faster with zeros.
    /// </summary>
    private unsafe void FillWithNumbers(DeviceMemory memory)
    {
        const int BlockBytes = 4 << 20;
        using PinnedMemory block = device.AllocatePinned(Math.Min(memory.Bytes, BlockBytes), "numbers");
        var random = new Random(1);
        var words = new Span<uint>((void*)block.Address, (int)(block.Bytes / sizeof(uint)));
        for (int i = 0; i < words.Length; i++)
        {
            uint high = BitConverter.SingleToUInt32Bits(random.NextSingle() * 2 - 1) & 0xffff0000;
            words[i] = high | BitConverter.SingleToUInt32Bits(random.NextSingle() * 2 - 1) >> 16;
        }

        for (long offset = 0; offset < memory.Bytes; offset += block.Bytes)
        {
            long bytes = Math.Min(block.Bytes, memory.Bytes - offset);
            stream.CopyToDevice(memory.Address + (ulong)offset, block.Address, bytes);
        }

        stream.Synchronize();
    }
}
