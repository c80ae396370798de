namespace PlannedDiffusion.TestKit;

/// <summary>The checkpoints of the golden data.</summary>
public static class GoldenModels
{
    /// <summary>The folder that holds the checkpoints.</summary>
    public static string Root { get; } = Path.Combine(Golden.Root, "models");

    /// <summary>Names of all checkpoints; never empty.</summary>
    public static IReadOnlyList<string> Names { get; } = Find();

    /// <summary>Folder of a checkpoint.</summary>
    public static string Folder(string name) => Path.Combine(Root, name);

    private static string[] Find()
    {
        string[] names = [.. Directory.GetDirectories(Root).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
        return names.Length > 0 ? names : throw new DirectoryNotFoundException($"{Root} has no checkpoints.");
    }
}
