namespace PlannedDiffusion.Hub;

/// <summary>How far a download is.</summary>
/// <param name="File">The file under way.</param>
/// <param name="FileDone">Its bytes that are here, those of an earlier download included.</param>
/// <param name="FileSize">All of its bytes.</param>
/// <param name="Done">Bytes of all files that are here.</param>
/// <param name="Total">All bytes of the model, as far as known: the shards are known when their index is here.</param>
/// <param name="Waiting">What is waited for, for a person; null while bytes come.</param>
public readonly record struct PullProgress(
    string File, long FileDone, long FileSize, long Done, long Total, string? Waiting = null);
