using System.Text.Json;

namespace PlannedDiffusion.TestKit;

/// <summary>
/// The intended differences from the implementation that produced the golden data, with their reasons. Everything else
/// must be equal.
/// </summary>
public static class IntendedDifferences
{
    /// <summary>
    /// A prompt is text of the user and never read as a plan. The reference reads promises and syncs of the prompt into
    /// the first round.
    /// </summary>
    public static bool ReadsPlanFromPrompt(JsonElement golden) =>
        golden.GetProperty("prompt").Integers()
            .Any(token => token == Golden.ControlTokens.PromiseStart || token == Golden.ControlTokens.Sync);

    /// <summary>
    /// A schedule has at least one step. If the ratio rounds it to none, the reference fails, or (without a cache)
    /// leaves all masks in its answer.
    /// </summary>
    public static bool HasNoSteps(JsonElement golden) =>
        golden.GetProperty("rounds").EnumerateArray().Any(round => round.Optional("steps_nominal")?.GetInt32() == 0);

    /// <summary>
    /// At the largest length the reference computes one more pass and drops its token. This engine ends without it.
    /// </summary>
    public static int PassesSpentAtMaxLength(bool endedByMaxLength) => endedByMaxLength ? 1 : 0;

    /// <summary>
    /// The reference fails where rejected candidates are counted twice. This engine considers at most the masks left.
    /// Up to there both are equal, apart from an internal counter.
    /// </summary>
    public static bool ThresholdFails(JsonElement scheduleCase) => scheduleCase.Optional("error") is not null;

    /// <summary>
    /// The reference fails on a plan that it cannot read. In this engine a plan without a promise is an ordinary
    /// answer, and a promise without a number has the default length. Strict mode refuses both.
    /// </summary>
    public static bool PlanIsRefused(JsonElement planCase) => planCase.Optional("error") is not null;
}
