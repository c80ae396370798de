namespace PlannedDiffusion.Engine;

/// <summary>Decoding one token after the other.</summary>
public sealed record AutoregressiveOptions : DecodingOptions
{
    /// <summary>
    /// True to draft the next tokens: those that followed the previous occurrence of the last three, in the prompt or
    /// in the answer. Drafts never change an answer. Their cost and gain are as for
    /// <see cref="PlannedOptions.DraftPlans"/>.
    /// </summary>
    public bool PromptLookup { get; init; }

    /// <inheritdoc/>
    public override string Name => "autoregressive";

    /// <inheritdoc/>
    internal override string TelemetryName => "Autoregressive";

    /// <inheritdoc/>
    internal override void Validate()
    {
    }
}
