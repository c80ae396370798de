namespace PlannedDiffusion.TestKit;

/// <summary>A folder of a test's own, deleted with it.</summary>
public sealed class ScratchFolder : IDisposable
{
    /// <summary>The folder.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("pd-tests-").FullName;

    /// <summary>A path in the folder.</summary>
    public string PathTo(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file into the folder and returns its path.</summary>
    public string Write(string name, ReadOnlySpan<byte> bytes)
    {
        File.WriteAllBytes(PathTo(name), bytes);
        return PathTo(name);
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
