using PlannedDiffusion.TestKit;

namespace PlannedDiffusion.Architecture.Tests.Documents;

/// <summary>The files of the checkout, without what builds and runs leave in it.</summary>
public static class RepositoryFiles
{
    private static readonly string[] Left =
        [".git", ".vs", "artifacts", "bin", "build", "node_modules", "obj", "publish", "runs"];

    /// <summary>Their paths from the root, with slashes.</summary>
    public static IReadOnlyList<string> Paths { get; } =
        [.. Below(Repository.Root).Select(FromRoot).Order(StringComparer.Ordinal)];

    /// <summary>All folders, from the root, with slashes.</summary>
    public static IReadOnlySet<string> Folders { get; } = Paths.SelectMany(Parents).ToHashSet();

    private static IEnumerable<string> Below(string folder) =>
        Directory.EnumerateDirectories(folder)
            .Where(inner => !Left.Contains(Path.GetFileName(inner))).SelectMany(Below)
            .Concat(Directory.EnumerateFiles(folder));

    private static IEnumerable<string> Parents(string path)
    {
        for (int slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
            yield return path[..slash];
    }

    private static string FromRoot(string path) =>
        Path.GetRelativePath(Repository.Root, path).Replace(Path.DirectorySeparatorChar, '/');
}
