using PlannedDiffusion.TestKit;

namespace PlannedDiffusion.Architecture.Tests.Sources;

/// <summary>A C# file that a person wrote.</summary>
/// <param name="Path">Absolute path.</param>
/// <param name="Text">All of it.</param>
public sealed record SourceFile(string Path, string Text)
{
    /// <summary>Its path from the repository's root, with slashes.</summary>
    public string Name => System.IO.Path.GetRelativePath(Repository.Root, Path).Replace('\\', '/');

    /// <summary>The files below a folder, by path, without those that a build left there.</summary>
    /// <param name="folder">Absolute path.</param>
    public static IEnumerable<SourceFile> Below(string folder) =>
        Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => !System.IO.Path.GetRelativePath(folder, file).Split(System.IO.Path.DirectorySeparatorChar)
                .Any(part => part is "obj" or "bin"))
            .Order(StringComparer.Ordinal).Select(file => new SourceFile(file, File.ReadAllText(file)));
}
