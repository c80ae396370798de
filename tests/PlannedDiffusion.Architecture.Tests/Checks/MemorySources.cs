using Microsoft.CodeAnalysis;
using PlannedDiffusion.Architecture.Tests.Rules;
using PlannedDiffusion.Architecture.Tests.Sources;

namespace PlannedDiffusion.Architecture.Tests.Checks;

/// <summary>Small projects that no disk holds.</summary>
internal static class MemorySources
{
    private static readonly string Root = Path.Combine(Path.GetTempPath(), "sources");

    /// <summary>One bound project for each name before the first slash of a path, each after those before it.</summary>
    public static IReadOnlyList<BoundProject> Bind(params (string Path, string Text)[] files)
    {
        List<BoundProject> projects = [];
        foreach (var project in files.GroupBy(file => file.Path.Split('/')[0]))
        {
            ProjectFile described = new(project.Key, Path.Combine(Root, project.Key))
            {
                Friends = [.. files.Select(file => file.Path.Split('/')[0]).Distinct()],
            };
            projects.Add(BoundProject.Bind(
                described, project.Select(file => new SourceFile(Path.Combine(Root, file.Path), file.Text)), projects));
        }

        Expect.None(projects.SelectMany(project => project.Compilation.GetDiagnostics())
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
            .Select(diagnostic => diagnostic.ToString()));
        return projects;
    }

    /// <summary>The arrows of such projects, as text.</summary>
    public static string[] Arrows(params (string Path, string Text)[] files) =>
        [.. new ArrowReader(Bind(files)).Read().Select(arrow => arrow.ToString())];
}
