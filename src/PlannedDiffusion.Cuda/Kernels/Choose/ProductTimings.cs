using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Choose;

/// <summary>The time of one way to compute a product, with the weights in memory and not in the L2.</summary>
internal readonly record struct ProductTiming(MatrixProduct Product, double Microseconds, long WeightBytes)
{
    /// <summary>Weights read per second, in GB.</summary>
    public double GigabytesPerSecond => WeightBytes / Microseconds / 1e3;

    /// <summary>Multiplications and additions per second, in TFLOP.</summary>
    public double TeraflopsPerSecond =>
        2.0 * Product.Rows * Product.Shape.Outputs * Product.Shape.Inputs / Microseconds / 1e6;
}

/// <summary>
/// Measures the ways to compute products on the device itself. Times vary, so nothing is chosen by them at a start:
/// they are measured once, and written down in a <see cref="ProductTable"/>.
/// </summary>
internal sealed class ProductTimings(CudaDevice device, CudaStream stream, bool bfloat16)
{
    private const int WarmUps = 2;
    private const int Runs = 5;
    private const long RotationBytes = 256 << 20;  // several times the L2 of any device
    private const int MaxCopies = 16;

    /// <summary>
    /// Measures all candidates of each shape and bucket of rows. The result has them all, in this order, the fastest of
    /// a shape and bucket first.
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

    /// <summary>The median of some runs, each a graph that multiplies with every copy of the weights once.</summary>
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

    /// <summary>Numbers from -1 to 1, pairs of bf16 or f32: a device is faster on zeros than on weights.</summary>
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
