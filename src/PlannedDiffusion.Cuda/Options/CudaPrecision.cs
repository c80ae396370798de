namespace PlannedDiffusion.Cuda.Options;

/// <summary>Type of weights, activations, keys and values; sums are f32 in both.</summary>
public enum CudaPrecision
{
    /// <summary>bf16: half the memory, and tensor cores. The default.</summary>
    BF16,

    /// <summary>f32, for comparisons: twice the bytes per step, no tensor cores.</summary>
    F32,
}
