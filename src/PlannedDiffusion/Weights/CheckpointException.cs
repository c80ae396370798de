using PlannedDiffusion.Files;

namespace PlannedDiffusion.Weights;

/// <summary>
/// The files of a checkpoint are valid but do not fit together: a tensor is missing, unexpected, or of another shape
/// than the configuration says. Also thrown for a malformed <c>planned_diffusion.json</c>. The message is one line that
/// starts with the path.
/// </summary>
public sealed class CheckpointException(string path, string problem, Exception? inner = null)
    : IOException(MessageText.About(path, problem), inner)
{
    /// <summary>The folder or file.</summary>
    public string Path { get; } = path;
}
