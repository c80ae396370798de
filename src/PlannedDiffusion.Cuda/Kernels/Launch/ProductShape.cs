namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>The result of a product.</summary>
internal enum ProductResult
{
    /// <summary>f32 [splits, rows, outputs]. The reader adds the splits in order.</summary>
    Partial,

    /// <summary>f32 [rows, outputs].</summary>
    Whole,

    /// <summary>
    /// element [rows, outputs / 2]: SiLU(gate) · up. Rows of the weights alternate: 8 of gate, the same 8 of up.
    /// </summary>
    SiluMul,
}

/// <summary>
/// input [rows, Inputs] · weights [Outputs, Inputs]ᵀ. Both widths are multiples of 64.
/// </summary>
internal readonly record struct ProductShape(int Outputs, int Inputs, ProductResult Result)
{
    /// <summary>Every width is a multiple of this.</summary>
    public const int WidthUnit = 64;

    /// <summary>Throws if a width is not padded or if the outputs are not pairs of gate and up.</summary>
    public void Validate()
    {
        if (Outputs <= 0 || Outputs % WidthUnit != 0 || Inputs <= 0 || Inputs % WidthUnit != 0)
            throw new ArgumentException($"Widths {Outputs} x {Inputs} are not multiples of {WidthUnit}.");
        if (Result == ProductResult.SiluMul && Outputs % (2 * WidthUnit) != 0)
            throw new ArgumentException($"{Outputs} outputs are not two padded widths.");
    }
}
