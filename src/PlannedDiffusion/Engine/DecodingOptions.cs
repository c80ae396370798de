using System.Runtime.CompilerServices;
using PlannedDiffusion.Decoding.Unmasking;

namespace PlannedDiffusion.Engine;

/// <summary>
/// The way to decode, with its own options: <see cref="PlannedOptions"/>, <see cref="AutoregressiveOptions"/>,
/// <see cref="DiffusionOptions"/> or <see cref="FastDllmOptions"/>; or <see cref="AutoOptions"/>, which chooses.
/// </summary>
public abstract record DecodingOptions
{
    private protected DecodingOptions()
    {
    }

    /// <summary>The name, as <see cref="GenerationResult.Decoder"/> tells it.</summary>
    public abstract string Name { get; }

    /// <summary>The name in metrics and activities.</summary>
    internal abstract string TelemetryName { get; }

    /// <summary>True for the ways that fill an answer of a fixed length.</summary>
    internal virtual bool FillsFixedLength => false;

    /// <summary>Checks every field.</summary>
    /// <exception cref="ArgumentException">A field is outside its range. The message names both.</exception>
    internal abstract void Validate();

    /// <summary>Checks a field of this way to decode.</summary>
    private protected static void Require<T>(
        bool holds, T value, string range, [CallerArgumentExpression(nameof(value))] string name = "") =>
        OptionRange.Require(holds, value, range, $"{nameof(GenerationOptions.Decoding)}.{name}");

    /// <summary>Checks the numbers of a policy.</summary>
    private protected static void RequireRanges(UnmaskPolicy? unmasking)
    {
        if (unmasking is null) return;
        Require(unmasking.Epsilon is > 0 and < 1, unmasking.Epsilon, "between 0 and 1", "Unmasking.Epsilon");
        switch (unmasking)
        {
            case ThresholdUnmasking { Threshold: var threshold }:
                Require(threshold is >= 0 and <= 1, threshold, "between 0 and 1", "Unmasking.Threshold");
                break;
            case CertainUnmasking { Threshold: var threshold }:
                Require(threshold is > 0 and <= 1, threshold, "above 0 and at most 1", "Unmasking.Threshold");
                break;
            case FactorUnmasking { Factor: var factor }:
                Require(
                    factor is > 0 and < float.PositiveInfinity, factor, "a finite number above 0", "Unmasking.Factor");
                break;
        }
    }
}
