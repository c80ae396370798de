namespace PlannedDiffusion.Weights;

/// <summary>
/// The files of a checkpoint are valid, but do not belong together: tensors are missing, extra or of another shape than
/// the configuration says. One line that starts with the path.
/// </summary>
public sealed class CheckpointException(string path, string problem) : IOException($"{path}: {problem}")
{
    /// <summary>The folder or file.</summary>
    public string Path { get; } = path;
}
