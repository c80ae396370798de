using PlannedDiffusion.TestKit;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Launch;

/// <summary>
/// How far attention may be from double precision on the same (rounded) inputs, per sum of magnitudes. f32 has the
/// error of the device's approximate powers of two on top of what the CPU has; bf16 rounds the output (2^-8), and on
/// tensor cores each weight too (2^-8).
/// </summary>
internal static class AttentionTolerances
{
    public const double F32 = 2 * Tolerances.Attention;

    public const double BFloat16Output = 4e-3;

    public const double BFloat16Weights = 8e-3;
}
