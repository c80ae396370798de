using PlannedDiffusion.Files;

namespace PlannedDiffusion.Models;

/// <summary>
/// A <c>config.json</c> cannot be read, or describes a network that this engine does not compute. The message is one
/// line that starts with the path and names the field.
/// </summary>
public sealed class ModelConfigException(string path, string problem, Exception? inner = null)
    : IOException(MessageText.About(path, problem), inner)
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;
}
