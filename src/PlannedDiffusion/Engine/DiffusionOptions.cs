using PlannedDiffusion.Decoding.Unmasking;

namespace PlannedDiffusion.Engine;

/// <summary>Plain diffusion over an answer of a fixed length, without a plan and without a cache.</summary>
public sealed record DiffusionOptions : DecodingOptions
{
    /// <summary>
    /// Decides which tokens a denoise step reveals; null for the choice of <see cref="GenerationOptions.Preset"/>.
    /// </summary>
    public UnmaskPolicy? Unmasking { get; init; }

    /// <summary>Denoise steps per token of the answer, in (0, 1].</summary>
    public double StepsRatio { get; init; } = 1;

    /// <inheritdoc/>
    public override string Name => "diffusion";

    /// <inheritdoc/>
    internal override string TelemetryName => "Diffusion";

    /// <inheritdoc/>
    internal override bool FillsFixedLength => true;

    /// <inheritdoc/>
    internal override void Validate()
    {
        RequireRanges(Unmasking);
        Require(StepsRatio is > 0 and <= 1, StepsRatio, "above 0 and at most 1");
    }
}
