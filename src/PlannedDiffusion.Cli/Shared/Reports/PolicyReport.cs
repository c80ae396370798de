using System.Globalization;
using System.Text.Json.Serialization;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cli.Shared.Reports;

/// <summary>
/// How masks were chosen for revealing: the word of <c>--policy</c>, and its threshold or factor if it has one.
/// </summary>
internal sealed record PolicyReport(string Name, float? Threshold = null, float? Factor = null)
{
    /// <summary>All of it, for people.</summary>
    [JsonIgnore]
    public string Text => (Threshold, Factor) switch
    {
        ({ } threshold, _) => string.Create(CultureInfo.InvariantCulture, $"{Name} from {threshold}"),
        (_, { } factor) => string.Create(CultureInfo.InvariantCulture, $"{Name} {factor}"),
        _ => Name,
    };

    /// <summary>What some options come to on a model; null for one token at a time, where nothing is masked.</summary>
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
