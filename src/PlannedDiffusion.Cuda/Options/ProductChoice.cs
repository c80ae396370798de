namespace PlannedDiffusion.Cuda.Options;

/// <summary>Whose kernels multiply.</summary>
public enum ProductChoice
{
    /// <summary>Ours for few rows, cuBLAS for many, or what was measured.</summary>
    Automatic,

    /// <summary>Ours only.</summary>
    Own,

    /// <summary>cuBLAS only.</summary>
    CuBlas,
}
