using Microsoft.CodeAnalysis;

namespace PlannedDiffusion.Architecture.Tests.Sources;

/// <summary>All projects of src and of the floor plan, bound once for all tests.</summary>
public sealed class BoundSources
{
    private readonly Lazy<IReadOnlyList<Arrow>> _arrows;

    /// <summary>Binds the projects, those first that others reference.</summary>
    public BoundSources()
    {
        Dictionary<string, ProjectFile> files =
            ((string[])["src", "bench"]).SelectMany(ProjectFile.In).ToDictionary(project => project.Name);
        Dictionary<string, BoundProject> bound = [];
        foreach (string name in ProjectFile.In("src").Select(project => project.Name)) Bind(name);
        foreach (ProjectPlan plan in FloorPlan.Projects) Bind(plan.Name);
        Projects = [.. bound.Values];
        _arrows = new Lazy<IReadOnlyList<Arrow>>(() => new ArrowReader(Projects).Read());

        BoundProject Bind(string name)
        {
            if (bound.TryGetValue(name, out BoundProject? known)) return known;
            ProjectFile project = files[name];
            BoundProject[] others = [.. project.Projects.Select(Bind)];
            return bound[name] = BoundProject.Bind(project, SourceFile.Below(project.Folder), others);
        }
    }

    /// <summary>The projects, each after those that it references.</summary>
    public IReadOnlyList<BoundProject> Projects { get; }

    /// <summary>All arrows between their folders.</summary>
    public IReadOnlyList<Arrow> Arrows => _arrows.Value;

    /// <summary>All folders that hold a file.</summary>
    public IEnumerable<Place> Folders =>
        Projects.SelectMany(project => project.Written.Select(project.PlaceOf)).Distinct();

    /// <summary>What the compiler refuses.</summary>
    public IEnumerable<Diagnostic> Errors => Projects.SelectMany(project => project.Compilation.GetDiagnostics())
        .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
}
