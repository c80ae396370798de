using PlannedDiffusion.Files;

namespace PlannedDiffusion.Weights;

/// <summary>
/// The files of a checkpoint are valid, but do not belong together: tensors are missing, extra or of another shape than
/// the configuration says; or its <c>planned_diffusion.json</c> is malformed. One line that starts with the path.
/// </summary>
public sealed class CheckpointException(string path, string problem, Exception? inner = null)
    : IOException(MessageText.About(path, problem), inner)
{
    /// <summary>The folder or file.</summary>
    public string Path { get; } = path;
}
