using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Numerics;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Launch;

/// <summary>
/// A product with random numbers: in the padded layout of the device, and in double precision. Rows behind the real
/// ones are NaN, and none of it may reach a real row.
/// </summary>
internal sealed class ProductData
{
    private const int TailFloats = 64;

    private readonly bool _bfloat16;
    private readonly int _outputs;      // real ones; of a SiLU-mul those of the gate
    private readonly int _inputs;
    private readonly int _realRows;
    private readonly float[][] _input;
    private readonly float[][] _weights;  // [padded outputs][inputs] in the order of the device

    public ProductData(ProductResult result, int outputs, int inputs, int rows, int realRows, bool bfloat16)
    {
        var random = new Random(outputs * 31 + inputs);
        _bfloat16 = bfloat16;
        _outputs = outputs;
        _inputs = inputs;
        _realRows = realRows;
        int padded = Width(outputs) * (result == ProductResult.SiluMul ? 2 : 1);
        Shape = new ProductShape(padded, Width(inputs), result);
        Rows = rows;
        _input = [.. Enumerable.Range(0, rows).Select(row => Numbers(random, 1, row < realRows))];
        _weights = [.. Enumerable.Range(0, padded)
            .Select(row => IsReal(row) ? Numbers(random, 2, true) : new float[inputs])];
    }

    public ProductShape Shape { get; }

    public int Rows { get; }

    /// <summary>
    /// Computes it on the device and compares every number with its bound. Overlapped, it is computed twice, and the
    /// second time it may begin before the first has ended.
    /// </summary>
    public void Check(TestDevice device, MatrixProduct product, bool overlapped = false)
    {
        int elementBytes = _bfloat16 ? sizeof(ushort) : sizeof(float);
        int count = checked((int)product.OutputBytes(elementBytes) / sizeof(float));
        ulong output = device.Allocate<float>(count + TailFloats);
        ulong scratch = device.Allocate<byte>(Math.Max(product.ScratchBytes, 1));
        ulong input = UploadInput(device, product.InputRows), weights = Upload(device, _weights);
        if (overlapped) device.Stream.Copy(input, Upload(device, _input), (long)Rows * Shape.Inputs * elementBytes);
        device.Stream.OverlapsKernels = overlapped && device.Device.CanOverlapKernels;
        product.Launch(device.Stream, output, input, weights, scratch);
        if (overlapped) product.Launch(device.Stream, output, input, weights, scratch);
        device.Stream.OverlapsKernels = false;
        uint[] tail = device.Download<uint>(output + (ulong)count * sizeof(float), TailFloats);
        Assert.All(tail, bits => Assert.Equal(uint.MaxValue, bits));
        if (Shape.Result == ProductResult.SiluMul) CheckSiluMul(Elements(device, output, count));
        else CheckSums(device.Download<float>(output, count), product.Splits, product.InputRows);
    }

    private void CheckSums(float[] planes, int splits, int computedRows)
    {
        int planeSize = Rows * Shape.Outputs;
        Assert.Equal(computedRows * Shape.Outputs * splits, planes.Length);
        for (int row = 0; row < _realRows; row++)
        {
            for (int output = 0; output < Shape.Outputs; output++)
            {
                float sum = 0;
                for (int split = 0; split < splits; split++)
                    sum += planes[split * planeSize + row * Shape.Outputs + output];
                ReferenceSum expected = ReferenceOps.Dot(_input[row], _weights[output], 0);
                AssertNear(expected.Value, sum, Tolerances.Sum * expected.Magnitude, row, output);
            }
        }
    }

    private void CheckSiluMul(float[] elements)
    {
        int width = Shape.Outputs / 2;
        for (int row = 0; row < _realRows; row++)
        {
            for (int output = 0; output < width; output++)
            {
                int gateRow = output / 8 * 16 + output % 8;
                ReferenceSum gate = ReferenceOps.Dot(_input[row], _weights[gateRow], 0);
                ReferenceSum up = ReferenceOps.Dot(_input[row], _weights[gateRow + 8], 0);
                double silu = gate.Value / (1 + Math.Exp(-gate.Value));
                // The slope of SiLU is below 1.1 everywhere.
                double bound = Tolerances.Sum * (1.1 * gate.Magnitude * Math.Abs(up.Value)
                    + Math.Abs(silu) * up.Magnitude) + Tolerances.Activation * Math.Abs(silu * up.Value);
                if (_bfloat16) bound += Tolerances.BFloat16Rounding * Math.Abs(silu * up.Value);
                AssertNear(silu * up.Value, elements[row * width + output], bound, row, output);
            }
        }
    }

    private static void AssertNear(double expected, float actual, double bound, int row, int output)
    {
        // Not Assert.InRange: a message for each of a million numbers would take its time.
        if (Math.Abs(actual - expected) <= bound) return;
        Assert.Fail($"Row {row}, output {output}: {actual} is not within {bound:g3} of {expected}.");
    }

    private bool IsReal(int paddedRow) => Shape.Result == ProductResult.SiluMul
        ? paddedRow / 16 * 8 + paddedRow % 8 < _outputs
        : paddedRow < _outputs;

    private float[] Numbers(Random random, float range, bool real)
    {
        var numbers = new float[_inputs];
        for (int i = 0; i < numbers.Length; i++)
        {
            float number = real ? (random.NextSingle() * 2 - 1) * range : float.NaN;
            numbers[i] = _bfloat16 ? BFloat16.ToSingle(BFloat16.FromSingle(number)) : number;
        }

        return numbers;
    }

    // Rows behind the bucket's are NaN too.
    private ulong UploadInput(TestDevice device, int rows)
    {
        int elementBytes = _bfloat16 ? sizeof(ushort) : sizeof(float);
        ulong input = device.Allocate<byte>((long)rows * Shape.Inputs * elementBytes);
        device.Stream.Copy(input, Upload(device, _input), (long)Rows * Shape.Inputs * elementBytes);
        return input;
    }

    private ulong Upload(TestDevice device, float[][] rows)
    {
        var padded = new float[rows.Length * Shape.Inputs];
        for (int row = 0; row < rows.Length; row++) rows[row].CopyTo(padded, row * Shape.Inputs);
        if (!_bfloat16) return device.Upload(padded);
        var halves = new ushort[padded.Length];
        BFloat16.FromSingle(padded, halves);
        return device.Upload(halves);
    }

    private float[] Elements(TestDevice device, ulong address, int words)
    {
        if (!_bfloat16) return device.Download<float>(address, words);
        var elements = new float[words * 2];
        BFloat16.ToSingle(device.Download<ushort>(address, words * 2), elements);
        return elements;
    }

    private static int Width(int size) => (size + 63) / 64 * 64;
}
