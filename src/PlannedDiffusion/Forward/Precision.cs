namespace PlannedDiffusion.Forward;

/// <summary>The type in which a runner keeps a checkpoint.</summary>
public enum Precision
{
    /// <summary>bf16: half the memory of f32, and tensor cores on a GPU. Weights are rounded to nearest.</summary>
    BF16,

    /// <summary>f32: for comparisons on a GPU, where steps then take several times as long.</summary>
    F32,
}
