using System.Xml.Linq;
using PlannedDiffusion.TestKit;

namespace PlannedDiffusion.Architecture.Tests.Sources;

/// <summary>What a project file says that matters for its sources.</summary>
/// <param name="Name">Its name without the extension.</param>
/// <param name="Folder">Absolute path of its folder.</param>
public sealed record ProjectFile(string Name, string Folder)
{
    /// <summary>What friends call it.</summary>
    public string AssemblyName { get; init; } = Name;

    /// <summary>The namespace of the files in its folder.</summary>
    public string Namespace { get; init; } = Name;

    /// <summary>Whether it has an entry point.</summary>
    public bool IsProgram { get; init; }

    /// <summary>Names of the projects that it references.</summary>
    public IReadOnlyList<string> Projects { get; init; } = [];

    /// <summary>Names of the packages that it references.</summary>
    public IReadOnlyList<string> Packages { get; init; } = [];

    /// <summary>Assemblies that see its internals.</summary>
    public IReadOnlyList<string> Friends { get; init; } = [];

    /// <summary>All projects directly below a folder of the repository.</summary>
    public static IReadOnlyList<ProjectFile> In(string folder) =>
    [
        .. Directory.EnumerateDirectories(Repository.PathTo(folder))
            .SelectMany(directory => Directory.EnumerateFiles(directory, "*.csproj")).Order(StringComparer.Ordinal)
            .Select(Read),
    ];

    private static ProjectFile Read(string path)
    {
        XDocument project = XDocument.Load(path);
        string name = Path.GetFileNameWithoutExtension(path);
        return new ProjectFile(name, Path.GetDirectoryName(path)!)
        {
            AssemblyName = Property("AssemblyName") ?? name,
            Namespace = Property("RootNamespace") ?? name,
            IsProgram = Property("OutputType") == "Exe",
            Projects = [.. Items("ProjectReference").Select(other => Path.GetFileNameWithoutExtension(other))],
            Packages = [.. Items("PackageReference")],
            Friends = [.. Items("InternalsVisibleTo")],
        };

        string? Property(string property) => project.Descendants(property).FirstOrDefault()?.Value;

        IEnumerable<string> Items(string item) =>
            project.Descendants(item).Select(element => element.Attribute("Include")!.Value);
    }
}
