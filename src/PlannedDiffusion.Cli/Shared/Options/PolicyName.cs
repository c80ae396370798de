using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>The names of unmasking policies.</summary>
internal static class PolicyName
{
    public const string Entropy = "entropy", MaxProb = "max-prob", Margin = "margin";

    /// <summary>The policies that have a number.</summary>
    public const string Certain = "certain", Factor = "factor", Threshold = "threshold";

    public static IReadOnlyList<string> All { get; } = [Entropy, MaxProb, Margin, Certain, Factor, Threshold];

    /// <summary>The name of a policy.</summary>
    public static string Of(UnmaskPolicy policy) => policy switch
    {
        CertainUnmasking => Certain,
        FactorUnmasking => Factor,
        ThresholdUnmasking => Threshold,
        ScheduledUnmasking { Confidence: ConfidenceKind.Probability } => MaxProb,
        ScheduledUnmasking { Confidence: ConfidenceKind.Margin } => Margin,
        _ => Entropy,
    };
}
