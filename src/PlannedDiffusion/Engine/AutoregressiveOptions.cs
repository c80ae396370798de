namespace PlannedDiffusion.Engine;

/// <summary>One token after the other.</summary>
public sealed record AutoregressiveOptions : DecodingOptions
{
    /// <summary>
    /// True to guess the next tokens: those that followed the last three where they stood before, in the prompt or in
    /// the answer. They change no answer; what they cost and save is as for <see cref="PlannedOptions.DraftPlans"/>.
    /// </summary>
    public bool PromptLookup { get; init; }

    /// <inheritdoc/>
    internal override string TelemetryName => "Autoregressive";

    /// <inheritdoc/>
    internal override void Validate()
    {
    }
}
