using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace PlannedDiffusion.Engine;

/// <summary>
/// Options for experiments, which services do not need: replays, answers of a given length, ablations.
/// </summary>
public sealed record ExperimentOptions
{
    /// <summary>
    /// Planned decoding, per round: tokens that replace the model's in its plan. Each still takes its pass. For
    /// replaying recorded plans.
    /// </summary>
    public ImmutableArray<ImmutableArray<int>> ForcedPlans { get; init; } = [];

    /// <summary>
    /// Planned decoding, per round: the number of denoise steps of its schedule, instead of
    /// <see cref="PlannedOptions.StepsRatio"/>. Later rounds follow the ratio. A round ends when no mask is left, so
    /// more steps than its largest span has tokens change nothing. For replaying recorded plans.
    /// </summary>
    public ImmutableArray<int> ForcedSteps { get; init; } = [];

    /// <summary>
    /// Autoregressive decoding: true if no token ends the answer, which then gets as long as the limits allow. For
    /// measuring answers of a given length.
    /// </summary>
    public bool IgnoreEnd { get; init; }

    /// <summary>
    /// Planned decoding, an ablation: removes the topics of a plan before its spans are denoised. Each promise keeps
    /// only its tags and its number. The first denoise step computes the rows of the shorter plan again, so spans and
    /// later plans never see a topic. This shows what topics contribute to the spans.
    /// </summary>
    public bool DropTopics { get; init; }

    /// <summary>
    /// Planned decoding, an ablation: all promises of the answer form one round. The model continues to plan after a
    /// sync without having seen the spans before it. Then the sync tokens are removed from the plan.
    /// <see cref="PlannedOptions.MaxPlanTokens"/> bounds the whole plan.
    /// </summary>
    public bool DropSyncs { get; init; }

    /// <summary>Checks every field, and that the way to decode can use it.</summary>
    /// <exception cref="ArgumentException">A field is outside its range. The message names both.</exception>
    internal void Validate(DecodingOptions decoding)
    {
        Require(!ForcedPlans.IsDefault && !ForcedPlans.Any(plan => plan.IsDefault), "a default list",
            "lists, not default", nameof(ForcedPlans));
        Require(!ForcedSteps.IsDefault, "a default list", "a list, not default", nameof(ForcedSteps));
        int fewest = ForcedSteps.IsEmpty ? 1 : ForcedSteps.Min();
        Require(fewest >= 1, fewest, "at least 1 in each round", nameof(ForcedSteps));
        string way = decoding.GetType().Name;
        if (decoding is not (PlannedOptions or AutoOptions))
        {
            Require(ForcedPlans.IsEmpty, $"a list of {ForcedPlans.Length}", $"empty with {way}", nameof(ForcedPlans));
            Require(ForcedSteps.IsEmpty, $"a list of {ForcedSteps.Length}", $"empty with {way}", nameof(ForcedSteps));
            Require(!DropTopics, DropTopics, $"false with {way}");
            Require(!DropSyncs, DropSyncs, $"false with {way}");
        }

        if (decoding is not (AutoregressiveOptions or AutoOptions)) Require(!IgnoreEnd, IgnoreEnd, $"false with {way}");
    }

    private static void Require<T>(
        bool holds, T value, string range, [CallerArgumentExpression(nameof(value))] string name = "") =>
        OptionRange.Require(holds, value, range, $"{nameof(GenerationOptions.Experiment)}.{name}");
}
