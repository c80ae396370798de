namespace PlannedDiffusion.Decoding;

/// <summary>The keys and values of a finished span that later rows see.</summary>
public enum KvCommit
{
    /// <summary>
    /// Those of its last denoise step, when its last tokens were still masks. This is the published behaviour.
    /// </summary>
    Reference,

    /// <summary>Those of its final tokens. Its rows are computed once more, in a pass that runs anyway.</summary>
    Refresh,
}
