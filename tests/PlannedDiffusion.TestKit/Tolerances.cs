namespace PlannedDiffusion.TestKit;

/// <summary>
/// How far a result may be from the same computation in double precision. Sums are bounded by what rounding can do to
/// them: an error per term in units of the sum of magnitudes.
/// </summary>
public static class Tolerances
{
    /// <summary>Logits of the golden models (standard deviation 3.5), absolute.</summary>
    public const double GoldenLogits = 1e-3;

    /// <summary>
    /// f32 results of one operation after another on the same numbers, relative: about two roundings.
    /// </summary>
    public const double Rounding = 2.5e-7;

    /// <summary>f32 sums: per sum of magnitudes. Rounding errors of n terms grow like sqrt(n), at 6e-8 each.</summary>
    public const double Sum = 2e-6;

    /// <summary>Attention: scores of moderate size go through e^x, so their absolute error becomes relative.</summary>
    public const double Attention = 5e-6;

    /// <summary>SiLU of moderate numbers by approximate e^x and reciprocal, relative to its result.</summary>
    public const double Activation = 5e-6;

    /// <summary>What rounding a result to bf16 adds, relative: half a unit of its 8 bits.</summary>
    public const double BFloat16Rounding = 1.01 / 256;
}
