namespace PlannedDiffusion.Decoding.Planning;

/// <summary>The reason why decoding ended, and everything that was cut. Nothing is cut silently.</summary>
[Flags]
public enum FinishReason
{
    /// <summary>The model ended its answer and nothing was cut.</summary>
    Completed = 0,

    /// <summary>The sequence reached its largest length.</summary>
    MaxLength = 1,

    /// <summary>A plan was longer than allowed. Its promises so far were kept.</summary>
    MaxPlanTokens = 2,

    /// <summary>The model requested more rounds than allowed.</summary>
    MaxRounds = 4,

    /// <summary>A plan had more spans than allowed. The first ones were kept.</summary>
    MaxSpans = 8,

    /// <summary>A span was longer than allowed and was shortened.</summary>
    MaxSpanTokens = 16,

    /// <summary>The spans of a round were too long together. The last ones were shortened or dropped.</summary>
    MaxScaffoldTokens = 32,

    /// <summary>One of the caller's stop strings ended the answer.</summary>
    StopString = 64,
}
