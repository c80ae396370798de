namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>What becomes of the sums of a product.</summary>
internal enum ProductResult
{
    /// <summary>f32 [splits, rows, outputs]: the reader adds up the splits, in their order.</summary>
    Partial,

    /// <summary>f32 [rows, outputs], complete.</summary>
    Whole,

    /// <summary>
    /// element [rows, outputs / 2]: SiLU(gate) · up of weight rows that alternate in groups of 8 gates and their ups.
    /// </summary>
    SiluMul,
}

/// <summary>
/// input [rows, Inputs] · weights [Outputs, Inputs]ᵀ; both widths are padded to multiples of 64.
/// </summary>
internal readonly record struct ProductShape(int Outputs, int Inputs, ProductResult Result)
{
    /// <summary>What every width is a multiple of.</summary>
    public const int WidthUnit = 64;

    /// <summary>Throws if a width is not padded, or pairs of gate and up do not fill the outputs.</summary>
    public void Validate()
    {
        if (Outputs <= 0 || Outputs % WidthUnit != 0 || Inputs <= 0 || Inputs % WidthUnit != 0)
            throw new ArgumentException($"Widths {Outputs} x {Inputs} are not multiples of {WidthUnit}.");
        if (Result == ProductResult.SiluMul && Outputs % (2 * WidthUnit) != 0)
            throw new ArgumentException($"{Outputs} outputs are not two padded widths.");
    }
}
