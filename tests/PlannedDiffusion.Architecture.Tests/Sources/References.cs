using Microsoft.CodeAnalysis;

namespace PlannedDiffusion.Architecture.Tests.Sources;

/// <summary>The assemblies against which sources are bound.</summary>
public static class References
{
    /// <summary>The framework and the packages of this program. The projects are bound from their sources.</summary>
    public static IReadOnlyList<MetadataReference> OfPackages { get; } =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !IsOurs(Path.GetFileNameWithoutExtension(path)))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    private static bool IsOurs(string assembly) =>
        assembly is "pd" or "pd-bench" || assembly.StartsWith("PlannedDiffusion", StringComparison.Ordinal);
}
