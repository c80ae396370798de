using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Unmasking;

namespace PlannedDiffusion.Engine;

/// <summary>
/// Diffusion in blocks with cached keys and values and a confidence threshold, as Fast-dLLM, over an answer of a fixed
/// length.
/// </summary>
public sealed record FastDllmOptions : DecodingOptions
{
    /// <summary>
    /// Decides which tokens a denoise step reveals; null, or one that goes by a schedule, for what
    /// <see cref="GenerationOptions.Preset"/> says: blocks have no schedule.
    /// </summary>
    public UnmaskPolicy? Unmasking { get; init; }

    /// <summary>Tokens of a block.</summary>
    public int BlockLength { get; init; } = 32;

    /// <summary>What is kept while a block is decoded.</summary>
    public BlockCache Cache { get; init; } = BlockCache.Dual;

    /// <inheritdoc/>
    internal override string TelemetryName => "FastDllm";

    /// <inheritdoc/>
    internal override bool FillsFixedLength => true;

    /// <inheritdoc/>
    internal override void Validate()
    {
        RequireRanges(Unmasking);
        Require(BlockLength >= 1, BlockLength, "at least 1");
        Require(Enum.IsDefined(Cache), Cache, "one of the block caches");
    }
}
