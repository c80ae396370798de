using PlannedDiffusion.Models;

namespace PlannedDiffusion.TestKit.Conformance;

/// <summary>
/// What every <see cref="IModelRunner"/> must do, as checks that throw where it does not. They ask nothing of the
/// runner but the interface.
/// </summary>
public static class ModelRunnerConformance
{
    private static readonly (string Name, Action<RunnerSubject> Run)[] Checks =
    [
        (nameof(BatchingChecks.MixedStagesEqualEachAlone), BatchingChecks.MixedStagesEqualEachAlone),
        (nameof(BatchingChecks.ChunkedPrefillEqualsWhole), BatchingChecks.ChunkedPrefillEqualsWhole),
        (nameof(BatchingChecks.RowsWithoutLogitsStillWriteTheirKeys), BatchingChecks.RowsWithoutLogitsStillWriteTheirKeys),
        (nameof(BatchingChecks.TwoRunnersSideBySideDoNotMeet), BatchingChecks.TwoRunnersSideBySideDoNotMeet),
        (nameof(BatchingChecks.RandomStepsAgreeWithDoublePrecision), BatchingChecks.RandomStepsAgreeWithDoublePrecision),
        (nameof(CacheChecks.RewrittenPositionsLeaveNoTrace), CacheChecks.RewrittenPositionsLeaveNoTrace),
        (nameof(CacheChecks.ReusedSlotsStartFromZeros), CacheChecks.ReusedSlotsStartFromZeros),
        (nameof(CacheChecks.ClearedPositionsAreZeros), CacheChecks.ClearedPositionsAreZeros),
        (nameof(CacheChecks.UnwrittenPositionsWeighInWithScoreZero), CacheChecks.UnwrittenPositionsWeighInWithScoreZero),
        (nameof(CacheChecks.CapacityIsNamedWhenItRunsOut), CacheChecks.CapacityIsNamedWhenItRunsOut),
        (nameof(UnmaskChecks.AllTakesTheMostLikelyToken), UnmaskChecks.AllTakesTheMostLikelyToken),
        (nameof(UnmaskChecks.ScheduledRevealsTheMostConfident), UnmaskChecks.ScheduledRevealsTheMostConfident),
        (nameof(UnmaskChecks.ThresholdCarriesItsRejectedCandidates), UnmaskChecks.ThresholdCarriesItsRejectedCandidates),
        (nameof(UnmaskChecks.TheMaskIsNeverRevealed), UnmaskChecks.TheMaskIsNeverRevealed),
        (nameof(UnmaskChecks.DrawsDependOnSeedPositionAndStepOnly), UnmaskChecks.DrawsDependOnSeedPositionAndStepOnly),
        (nameof(UnmaskChecks.UncomputedPositionsAreSkippedOnRequest), UnmaskChecks.UncomputedPositionsAreSkippedOnRequest),
        (nameof(UnmaskChecks.ManyRowsOfLogitsAreKeptInOrder), UnmaskChecks.ManyRowsOfLogitsAreKeptInOrder),
        (nameof(RefusalChecks.RefusedStepsChangeNothing), RefusalChecks.RefusedStepsChangeNothing),
        (nameof(RefusalChecks.ReadsAndWritesStayInTheirSequence), RefusalChecks.ReadsAndWritesStayInTheirSequence),
    ];

    /// <summary>Names of all checks.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Checks.Select(check => check.Name)];

    /// <summary>Runs one check.</summary>
    public static void Run(string name, RunnerSubject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        Checks.Single(check => check.Name == name).Run(subject);
    }
}
