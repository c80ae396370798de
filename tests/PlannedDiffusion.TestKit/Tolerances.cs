namespace PlannedDiffusion.TestKit;

/// <summary>
/// The largest differences of a result from the same computation in double precision. The bound of a sum is an error
/// per term, in units of the sum of magnitudes.
/// </summary>
public static class Tolerances
{
    /// <summary>Logits of the golden models (standard deviation 3.5), absolute.</summary>
    public const double GoldenLogits = 1e-3;

    /// <summary>f32 results of the same operations on the same numbers, relative: about two roundings.</summary>
    public const double Rounding = 2.5e-7;

    /// <summary>f32 sums: per sum of magnitudes. Rounding errors of n terms grow like sqrt(n), at 6e-8 each.</summary>
    public const double Sum = 2e-6;

    /// <summary>Attention: scores of moderate size go through e^x, so their absolute error becomes relative.</summary>
    public const double Attention = 5e-6;

    /// <summary>SiLU of moderate numbers by approximate e^x and reciprocal, relative to its result.</summary>
    public const double Activation = 5e-6;

    /// <summary>
    /// Logits of small random networks in f32, absolute. Their deviation is 1.5 to 8. Errors are a millionth of that,
    /// and a few times as much for ill-conditioned rows (seen: 5e-5).
    /// </summary>
    public const double NetworkLogits = 3e-4;

    /// <summary>
    /// Logits of a network in bf16, in units of the standard deviation of the errors of bf16 itself. These are the
    /// errors of the double-precision network that rounds only weights, inputs of products, queries, keys, values and
    /// shares of attention to 8 bits. A fixed number would not do, because these errors grow with the logits. Tied
    /// embeddings of 64 columns make logits of deviation 8, others here 1.5. Weights of F32 and F16 are rounded, too;
    /// weights of BF16 are not. The softmax turns the absolute error of a score into a relative one. A runner rounds at
    /// the same places but other numbers: its sums are in another order, and it rounds shares before the division by
    /// their sum. So its errors differ but have the same size. Their deviation may be 1.5 times as large (seen: 0.85 to
    /// 1.12).
    /// </summary>
    public const double BFloat16Deviation = 1.5;

    /// <summary>
    /// The largest single error of such logits, in the same unit. Of 10,000 normal errors the largest has 4 deviations.
    /// Those of bf16 itself reach 6.5, because an error early in the network moves a whole row. The bound is twice
    /// that.
    /// </summary>
    public const double BFloat16Largest = 13;

    /// <summary>The relative error of rounding a result to bf16: half a unit of its 8 bits.</summary>
    public const double BFloat16Rounding = 1.01 / 256;
}
