using System.Globalization;
using System.Text.Json.Serialization;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cli.Shared.Reports;

/// <summary>
/// The policy that chose the masks to reveal: its name for <c>--policy</c>, and its threshold or factor if it has one.
/// </summary>
internal sealed record PolicyReport(string Name, float? Threshold = null, float? Factor = null)
{
    /// <summary>The policy as readable text.</summary>
    [JsonIgnore]
    public string Text => (Threshold, Factor) switch
    {
        ({ } threshold, _) => string.Create(CultureInfo.InvariantCulture, $"{Name} from {threshold}"),
        (_, { } factor) => string.Create(CultureInfo.InvariantCulture, $"{Name} {factor}"),
        _ => Name,
    };

    /// <summary>The policy of some options on a model; null for autoregressive decoding, which has no masks.</summary>
    public static PolicyReport? Of(GenerationOptions options, ModelConfig config) =>
        options.UnmaskingFor(config) switch
        {
            null => null,
            CertainUnmasking certain => new PolicyReport(PolicyName.Of(certain), certain.Threshold),
            ThresholdUnmasking held => new PolicyReport(PolicyName.Of(held), held.Threshold),
            FactorUnmasking factor => new PolicyReport(PolicyName.Of(factor), Factor: factor.Factor),
            { } policy => new PolicyReport(PolicyName.Of(policy)),
        };
}
