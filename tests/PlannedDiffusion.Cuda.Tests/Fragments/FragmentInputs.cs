using PlannedDiffusion.Numerics;

namespace PlannedDiffusion.Cuda.Tests.Fragments;

/// <summary>The inputs of the fragment kernels, always the same.</summary>
internal static class FragmentInputs
{
    public const int Lanes = 32;

    /// <summary>Small whole numbers, so that sums are exact in any order: a, two bf16 in a word.</summary>
    public static uint[] A { get; } = Words(4 * Lanes, 1);

    public static uint[] B { get; } = Words(2 * Lanes, 2);

    public static float[] C { get; } = [.. Enumerable.Range(0, 4 * Lanes).Select(i => (float)Small(i, 3))];

    /// <summary>Four matrices of 8 x 8, every element another.</summary>
    public static ushort[] Matrices { get; } = [.. Enumerable.Range(0, 4 * 64).Select(i => (ushort)(0x4000 + i))];

    public static uint[] CopySource { get; } =
        [.. Enumerable.Range(0, 3 * Lanes * 4).Select(i => 0xabc00000u + (uint)i)];

    /// <summary>Ordinary values, ends of the ranges, halves between two bf16, denormals, infinities and NaN.</summary>
    public static float[] X { get; } =
    [
        0f, -0f, 1f, -1f, 0.5f, 2f, 3f, 10f, -10f, 100.25f, -100.25f, 126.5f, 127.999f, 128f, -125.5f, -126.5f,
        -149f, -150f, 1e-3f, 1e3f, 1e30f, 1e-30f, 1e38f, 2e38f, 1.1754944e-38f, 1e-39f, 1e-45f, float.MaxValue,
        float.MinValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN, 1.00390625f, 1.01171875f,
        -1.00390625f, 3.3895314e38f, 3.3961776e38f, 0.33333334f, 2.7182817f, 1.4142135f,
    ];

    /// <summary>The second operands: the same in another order.</summary>
    public static float[] Y { get; } = [.. Enumerable.Range(0, X.Length).Select(i => X[(i * 7 + 5) % X.Length])];

    private static uint[] Words(int count, int salt) =>
        [.. Enumerable.Range(0, count).Select(i => Bits(Small(2 * i, salt)) | (Bits(Small(2 * i + 1, salt)) << 16))];

    private static uint Bits(int value) => BFloat16.FromSingle(value);

    /// <summary>From -8 to 8, without a pattern.</summary>
    private static int Small(int index, int salt) =>
        (int)((uint)((index + 1) * 2654435761L * (2 * salt + 1) >> 12) % 17) - 8;
}
