namespace PlannedDiffusion.Engine;

/// <summary>
/// Plans while few requests arrive, and writes one token at a time while many do. A planned answer is quick alone, and
/// takes many more rows of steps: above a rate of arrivals it is slower than one token at a time, for everybody.
/// <para>
/// This is the one way to decode whose answer depends on other requests. The choice is made at the call;
/// <see cref="GenerationResult.Decoder"/> tells it. A checkpoint that cannot plan writes one token at a time. A plan of
/// the caller's needs <see cref="PlannedOptions"/>.
/// </para>
/// </summary>
public sealed record AutoOptions : DecodingOptions
{
    /// <summary>How it plans.</summary>
    public PlannedOptions Planned { get; init; } = new();

    /// <summary>How it writes one token at a time.</summary>
    public AutoregressiveOptions Autoregressive { get; init; } = new();

    /// <summary>
    /// It plans while fewer requests, of any kind, arrived at the engine in the last ten seconds. Null for what was
    /// simulated from measured steps, for the device, the model's shape, the steps ratio and the preset; without such
    /// an entry, and with an <see cref="PlannedOptions.Unmasking"/> of the caller's, it writes one token at a time.
    /// </summary>
    public int? MostArrivals { get; init; }

    /// <inheritdoc/>
    public override string Name => "auto";

    /// <inheritdoc/>
    internal override string TelemetryName => "Auto";

    /// <inheritdoc/>
    internal override void Validate()
    {
        Require(Planned is not null, Planned, "options");
        Require(Autoregressive is not null, Autoregressive, "options");
        Require(MostArrivals is null or >= 0, MostArrivals, "at least 0");
        Planned!.Validate();
        Autoregressive!.Validate();
    }
}
