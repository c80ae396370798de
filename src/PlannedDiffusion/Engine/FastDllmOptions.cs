using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Unmasking;

namespace PlannedDiffusion.Engine;

/// <summary>
/// Fast-dLLM over an answer of a fixed length: diffusion in blocks, with cached keys and values and a confidence
/// threshold.
/// </summary>
public sealed record FastDllmOptions : DecodingOptions
{
    /// <summary>
    /// Decides which tokens a denoise step reveals; null for the choice of <see cref="GenerationOptions.Preset"/>. A
    /// policy with a schedule counts as null, because blocks have no schedule.
    /// </summary>
    public UnmaskPolicy? Unmasking { get; init; }

    /// <summary>Tokens of a block.</summary>
    public int BlockLength { get; init; } = 32;

    /// <summary>The keys and values that are kept while a block is decoded.</summary>
    public BlockCache Cache { get; init; } = BlockCache.Dual;

    /// <inheritdoc/>
    public override string Name => "fast-dllm";

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
