namespace PlannedDiffusion.Weights;

/// <summary>Element types of safetensors files that this engine computes with.</summary>
public enum DType
{
    /// <summary>IEEE 754 binary32.</summary>
    F32,

    /// <summary>IEEE 754 binary16.</summary>
    F16,

    /// <summary>bfloat16: the high half of binary32.</summary>
    BF16,
}
