using System.Runtime.Intrinsics;
using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Cpu.Simd;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Cpu.Ops;

/// <summary>
/// The vectorised ops, compiled for one vector width. A virtual call per panel or row does not matter.
/// </summary>
internal abstract unsafe class CpuKernels
{
    /// <exception cref="PlatformNotSupportedException">This machine does not support the width.</exception>
    public static CpuKernels For(SimdWidth width) => For(width, Microarchitecture.PrefersTallTiles);

    /// <param name="width">The vector width.</param>
    /// <param name="tallTiles">The shape of the tiles for many rows at 512 bits. It does not change results.</param>
    public static CpuKernels For(SimdWidth width, bool tallTiles)
    {
        if (width == SimdWidth.Widest) width = SimdSupport.Widest;
        if (!SimdSupport.IsSupported(width)) throw new PlatformNotSupportedException($"This machine has no {width}.");
        return width switch
        {
            SimdWidth.Bits512 => new Kernels<Simd512, Vector512<float>>(tallTiles),
            SimdWidth.Bits256 => new Kernels<Simd256, Vector256<float>>(tallTiles),
            SimdWidth.Bits128 => new Kernels<Simd128, Vector128<float>>(tallTiles),
            _ => throw new ArgumentOutOfRangeException(nameof(width)),
        };
    }

    /// <summary>The most rows of an attention tile.</summary>
    public abstract int TileRows { get; }

    /// <summary>
    /// One panel times all rows: A, C and Addend of <paramref name="tile"/> with their strides. <paramref name="next"/>
    /// is the panel that this thread will read next, or null.
    /// </summary>
    public abstract void Gemm(in PackedMatrix matrix, int panel, byte* next, in GemmTile tile, int rows);

    public abstract void RmsNorm(float* x, float* weight, int size, float epsilon, float* result);

    public abstract void SiluMul(float* gate, float* up, float* result, int count);

    public abstract float Softmax(float* scores, int count);

    public abstract void Attend(in AttentionTile tile);

    /// <summary>A row of logits to a candidate.</summary>
    /// <param name="logits">[vocabulary]</param>
    /// <param name="sampling">Temperature and filters; the seed has already gone into the draw.</param>
    /// <param name="confidence">The measure to return.</param>
    /// <param name="maskToken">Id of the mask token, or -1.</param>
    /// <param name="uniform">A draw in [0, 1); not looked at if decoding is greedy.</param>
    /// <param name="scratch">Made for this vocabulary.</param>
    public abstract Candidate SampleCandidate(
        ReadOnlySpan<float> logits,
        in SamplingParams sampling,
        ConfidenceKind confidence,
        int maskToken,
        float uniform,
        SampleScratch scratch);

    private sealed class Kernels<TSimd, TVector>(bool tallTiles) : CpuKernels
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        public override int TileRows => TSimd.TileRows;

        public override void Gemm(in PackedMatrix matrix, int panel, byte* next, in GemmTile tile, int rows) =>
            PackedGemm<TSimd, TVector>.Run(matrix, panel, next, tile, rows, tallTiles);

        public override void RmsNorm(float* x, float* weight, int size, float epsilon, float* result) =>
            RmsNorm<TSimd, TVector>.Run(x, weight, size, epsilon, result);

        public override void SiluMul(float* gate, float* up, float* result, int count) =>
            SiluMul<TSimd, TVector>.Run(gate, up, result, count);

        public override float Softmax(float* scores, int count) => Softmax<TSimd, TVector>.Run(scores, count);

        public override void Attend(in AttentionTile tile) => Attention<TSimd, TVector>.Run(tile);

        public override Candidate SampleCandidate(
            ReadOnlySpan<float> logits,
            in SamplingParams sampling,
            ConfidenceKind confidence,
            int maskToken,
            float uniform,
            SampleScratch scratch) =>
            SampleCandidate<TSimd, TVector>.Run(logits, sampling, confidence, maskToken, uniform, scratch);
    }
}
