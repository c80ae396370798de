using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Numerics;

namespace PlannedDiffusion.Cuda.Tests.Kernels;

/// <summary>What tests of single kernels share: element types, shapes of the contract, and random numbers.</summary>
public abstract class KernelTests(TestDevice device) : CudaTests(device)
{
    /// <summary>A number that no kernel writes, to see what was left alone.</summary>
    internal const float Untouched = -12345;

    internal static int Width(int columns) => (columns + 63) / 64 * 64;

    internal static KernelOptions Options(bool bFloat16, params (string Name, string Value)[] defines) =>
        new(bFloat16, defines.ToDictionary(define => define.Name, define => define.Value));

    internal static float[] Normal(Random random, int count, double deviation = 1)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            values[i] = (float)(deviation * radius * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return values;
    }

    /// <summary>Rows of <paramref name="columns"/> numbers in rows of <paramref name="width"/>, zero behind.</summary>
    internal static float[] Padded(float[] values, int columns, int width)
    {
        float[] padded = new float[values.Length / columns * width];
        for (int row = 0; row < values.Length / columns; row++)
            values.AsSpan(row * columns, columns).CopyTo(padded.AsSpan(row * width));
        return padded;
    }

    /// <summary>Uploads as elements: f32, or rounded to bf16.</summary>
    internal ulong UploadElements(float[] values, bool bFloat16)
    {
        if (!bFloat16) return Device.Upload(values);
        ushort[] bits = new ushort[values.Length];
        BFloat16.FromSingle(values, bits);
        return Device.Upload(bits);
    }

    internal float[] DownloadElements(ulong address, int count, bool bFloat16)
    {
        if (!bFloat16) return Device.Download<float>(address, count);
        float[] values = new float[count];
        BFloat16.ToSingle(Device.Download<ushort>(address, count), values);
        return values;
    }

    internal ulong UploadHeader(StepHeader header) =>
        Device.Upload<StepHeader>(MemoryMarshal.CreateReadOnlySpan(ref header, 1));

    /// <summary>What rounding to the element type does to a number, as a share of it.</summary>
    internal static double ElementRounding(bool bFloat16) => bFloat16 ? 1.0 / 256 : 0;

    /// <summary>The number as an element.</summary>
    internal static float Element(float value, bool bFloat16) =>
        bFloat16 ? BFloat16.ToSingle(BFloat16.FromSingle(value)) : value;
}
