namespace PlannedDiffusion.Decoding;

/// <summary>Which keys and values a finished span leaves for what comes after it.</summary>
public enum KvCommit
{
    /// <summary>Those of its last denoise step, when its last tokens were still masks: published behaviour.</summary>
    Reference,

    /// <summary>Those of its final tokens: its rows are computed once more in a pass that runs anyway.</summary>
    Refresh,
}
