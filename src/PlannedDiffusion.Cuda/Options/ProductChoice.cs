namespace PlannedDiffusion.Cuda.Options;

/// <summary>Whose kernels multiply.</summary>
public enum ProductChoice
{
    /// <summary>By the table for the device. Without one, ours for few rows and cuBLAS for many.</summary>
    Automatic,

    /// <summary>Only ours.</summary>
    Own,

    /// <summary>Only cuBLAS.</summary>
    CuBlas,
}
