using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace PlannedDiffusion.Engine;

/// <summary>What experiments need and no service does: replays, answers of a given length, ablations.</summary>
public sealed record ExperimentOptions
{
    /// <summary>
    /// Planned decoding, per round: tokens that replace what the model writes as its plan. Each costs its pass all the
    /// same, so that recorded plans can be replayed.
    /// </summary>
    public ImmutableArray<ImmutableArray<int>> ForcedPlans { get; init; } = [];

    /// <summary>
    /// Planned decoding, per round: the denoise steps of its schedule, whatever <see cref="PlannedOptions.StepsRatio"/>
    /// asks for; later rounds follow the ratio. A round ends when nothing is masked, so more steps than its largest
    /// span has tokens change nothing. To replay recorded plans.
    /// </summary>
    public ImmutableArray<int> ForcedSteps { get; init; } = [];

    /// <summary>
    /// Autoregressive decoding: true if no token ends the answer, which then gets as long as the limits let it; to
    /// measure answers of a given length.
    /// </summary>
    public bool IgnoreEnd { get; init; }

    /// <summary>
    /// Planned decoding, an ablation: topics are taken out of a plan before its spans are denoised; of each promise
    /// only its tags and its number stay. The rows of the shorter plan are computed anew in the first denoise step, so
    /// spans and later plans never see a topic. It shows what the topics are worth to the spans.
    /// </summary>
    public bool DropTopics { get; init; }

    /// <summary>
    /// Planned decoding, an ablation: nothing waits for a sync; all promises of the answer become one round. The model
    /// goes on planning behind a sync without having seen the spans before it; then the sync tokens are taken out of
    /// the plan. <see cref="PlannedOptions.MaxPlanTokens"/> bounds all of what is written.
    /// </summary>
    public bool DropSyncs { get; init; }

    /// <summary>Checks every field, also against the way to decode, which must be able to use it.</summary>
    /// <exception cref="ArgumentException">A field is outside its range; the message names both.</exception>
    internal void Validate(DecodingOptions decoding)
    {
        Require(!ForcedPlans.IsDefault && !ForcedPlans.Any(plan => plan.IsDefault), "a default list",
            "lists, not default", nameof(ForcedPlans));
        Require(!ForcedSteps.IsDefault, "a default list", "a list, not default", nameof(ForcedSteps));
        int fewest = ForcedSteps.IsEmpty ? 1 : ForcedSteps.Min();
        Require(fewest >= 1, fewest, "at least 1 in each round", nameof(ForcedSteps));
        string way = decoding.GetType().Name;
        if (decoding is not PlannedOptions)
        {
            Require(ForcedPlans.IsEmpty, $"a list of {ForcedPlans.Length}", $"empty with {way}", nameof(ForcedPlans));
            Require(ForcedSteps.IsEmpty, $"a list of {ForcedSteps.Length}", $"empty with {way}", nameof(ForcedSteps));
            Require(!DropTopics, DropTopics, $"false with {way}");
            Require(!DropSyncs, DropSyncs, $"false with {way}");
        }

        if (decoding is not AutoregressiveOptions) Require(!IgnoreEnd, IgnoreEnd, $"false with {way}");
    }

    private static void Require<T>(
        bool holds, T value, string range, [CallerArgumentExpression(nameof(value))] string name = "") =>
        OptionRange.Require(holds, value, range, $"{nameof(GenerationOptions.Experiment)}.{name}");
}
