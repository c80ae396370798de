using PlannedDiffusion.Files;

namespace PlannedDiffusion.Weights;

/// <summary>
/// A safetensors file or its index breaks a rule of the format. The message is one line that starts with the path.
/// </summary>
public sealed class SafetensorsException(string path, string problem, Exception? inner = null)
    : IOException(MessageText.About(path, problem), inner)
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;
}
