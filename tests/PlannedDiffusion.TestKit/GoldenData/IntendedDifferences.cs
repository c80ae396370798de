using System.Text.Json;

namespace PlannedDiffusion.TestKit;

/// <summary>
/// Where this engine differs from the implementation that produced the golden data, on purpose, and why. Everything
/// that is not named here must be equal.
/// </summary>
public static class IntendedDifferences
{
    /// <summary>
    /// A prompt is text of the user: what stands in it is never read as a plan. The reference reads promises (and
    /// syncs) of the prompt into the first round.
    /// </summary>
    public static bool ReadsPlanFromPrompt(JsonElement golden) =>
        golden.GetProperty("prompt").Integers()
            .Any(token => token == Golden.ControlTokens.PromiseStart || token == Golden.ControlTokens.Sync);

    /// <summary>
    /// A schedule has at least one step. The reference dies where the ratio rounds it to none, or (without a cache)
    /// leaves all masks in its answer.
    /// </summary>
    public static bool HasNoSteps(JsonElement golden) =>
        golden.GetProperty("rounds").EnumerateArray().Any(round => round.Optional("steps_nominal")?.GetInt32() == 0);

    /// <summary>
    /// The reference computes one more pass at the largest length and throws its token away; ours ends without it.
    /// </summary>
    public static int PassesSpentAtMaxLength(bool endedByMaxLength) => endedByMaxLength ? 1 : 0;

    /// <summary>
    /// The reference dies where rejected candidates are counted twice; ours considers at most the masks that are left.
    /// Up to there both are equal, apart from an internal counter.
    /// </summary>
    public static bool ThresholdDies(JsonElement scheduleCase) => scheduleCase.Optional("error") is not null;

    /// <summary>
    /// A plan that the reference cannot read kills its request. Ours: no promise is an ordinary answer, a promise
    /// without a number has the default length; strict mode refuses both.
    /// </summary>
    public static bool PlanIsRefused(JsonElement planCase) => planCase.Optional("error") is not null;
}
