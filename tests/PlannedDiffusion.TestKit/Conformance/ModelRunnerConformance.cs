using System.Runtime.CompilerServices;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.TestKit.Conformance;

/// <summary>
/// The requirements of every <see cref="IModelRunner"/>, as checks that throw. They use only the interface.
/// </summary>
public static class ModelRunnerConformance
{
    private static readonly (string Name, Action<RunnerSubject> Run)[] Checks =
    [
        Check(BatchingChecks.MixedStagesEqualEachAlone),
        Check(BatchingChecks.ChunkedPrefillEqualsWhole),
        Check(BatchingChecks.OneRowPerStepIsEnough),
        Check(BatchingChecks.RowsWithoutLogitsStillWriteTheirKeys),
        Check(BatchingChecks.TwoRunnersSideBySideDoNotMeet),
        Check(BatchingChecks.RandomStepsAgreeWithDoublePrecision),
        Check(ExactRowsChecks.RowsOfASequenceHaveTheBitsThatTheyHaveAlone),
        Check(ExactRowsChecks.RowsOfSequencesHaveTheBitsThatTheyHaveAlone),
        Check(CacheChecks.RewrittenPositionsLeaveNoTrace),
        Check(CacheChecks.ReusedSlotsStartFromZeros),
        Check(CacheChecks.ClearedPositionsAreZeros),
        Check(CacheChecks.UnwrittenPositionsWeighInWithScoreZero),
        Check(CacheChecks.CapacityIsNamedWhenItRunsOut),
        Check(UnmaskChecks.AllTakesTheMostLikelyToken),
        Check(UnmaskChecks.ScheduledRevealsTheMostConfident),
        Check(UnmaskChecks.ThresholdCarriesItsRejectedCandidates),
        Check(UnmaskChecks.CertainRevealsWhatIsCertainUnderAnySampling),
        Check(UnmaskChecks.TheMaskIsNeverRevealed),
        Check(UnmaskChecks.DrawsDependOnSeedPositionAndStepOnly),
        Check(UnmaskChecks.UncomputedPositionsAreSkippedOnRequest),
        Check(UnmaskChecks.ManyRowsOfLogitsAreKeptInOrder),
        Check(MasksLeftChecks.MasksLeftAreThoseOfTheirTime),
        Check(MasksLeftChecks.MasksLeftAreLeftAloneByOtherSteps),
        Check(MasksLeftChecks.MasksLeftStartFromZeroInAReusedSlot),
        Check(MasksLeftChecks.MasksLeftAreReadOnceAndInTime),
        Check(MasksLeftChecks.ThereMayBeMoreGroupsThanPositions),
        Check(RunAheadChecks.StepsReadTokensThatNobodyHasRead),
        Check(RunAheadChecks.TicketsHoldWhatStoodThereThen),
        Check(RunAheadChecks.ATicketIsEndedOnceAndInTime),
        Check(RunAheadChecks.FinishedSpansAreLeftAlone),
        Check(BrokenLogitsChecks.BrokenLogitsMarkTheirPositions),
        Check(BrokenLogitsChecks.StepsOverBrokenPositionsHarmNobody),
        Check(BrokenLogitsChecks.OnlyMinusInfinityIsALegalInfinity),
        Check(BrokenLogitsChecks.BrokenKeysBreakEveryRow),
        Check(BrokenLogitsChecks.TinyTemperaturesAreGreedy),
        Check(RefusalChecks.RefusedStepsChangeNothing),
        Check(RefusalChecks.ReadsAndWritesStayInTheirSequence),
    ];

    /// <summary>Names of all checks.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Checks.Select(check => check.Name)];

    /// <summary>Runs one check.</summary>
    public static void Run(string name, RunnerSubject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        Checks.Single(check => check.Name == name).Run(subject);
    }

    private static (string Name, Action<RunnerSubject> Run) Check(
        Action<RunnerSubject> run, [CallerArgumentExpression(nameof(run))] string name = "") =>
        (name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..], run);
}
