using System.Text;
using PlannedDiffusion.Architecture.Tests.Sources;

namespace PlannedDiffusion.Architecture.Tests.Rules;

/// <summary>The floor plan as docs/architecture.md shows it: a table for each project.</summary>
public static class FloorPlanText
{
    /// <summary>The line before the tables.</summary>
    public const string Begin = "<!-- floor-plan: begin (PlannedDiffusion.Architecture.Tests writes this) -->";

    /// <summary>The line after them.</summary>
    public const string End = "<!-- floor-plan: end -->";

    /// <summary>The lines from <see cref="Begin"/> to <see cref="End"/>.</summary>
    public static string Of(IEnumerable<ProjectPlan> plans)
    {
        StringBuilder text = new($"{Begin}\n");
        foreach (ProjectPlan plan in plans)
        {
            text.Append($"\n| {plan.Name} | what lies there | may use |\n|---|---|---|\n");
            foreach (FolderPlan folder in plan.Folders)
            {
                string name = folder.Name.Length == 0 ? "(its own folder)" : $"`{folder.Name}`";
                IEnumerable<string> uses = folder.Uses.Count == 0 ? [] : [Folders(folder.Uses)];
                string all = string.Join("; ", uses.Concat(Projects(folder.Elsewhere)));
                text.Append($"| {name} | {folder.Purpose} | {all} |\n");
            }

            if (plan.Elsewhere.Count > 0) text.Append($"| each | | {string.Join("; ", Projects(plan.Elsewhere))} |\n");
        }

        return text.Append($"\n{End}").ToString();
    }

    /// <summary>The part of a page from <see cref="Begin"/> to <see cref="End"/>; empty if it has none.</summary>
    public static string In(string page)
    {
        int begin = page.IndexOf(Begin, StringComparison.Ordinal), end = page.IndexOf(End, StringComparison.Ordinal);
        return begin < 0 || end < begin ? "" : page[begin..(end + End.Length)];
    }

    private static IEnumerable<string> Projects(IEnumerable<string> places) => places.Select(Place.Parse)
        .GroupBy(place => place.Project)
        .Select(project => $"of {project.Key}: {Folders(project.Select(place => place.Folder))}");

    /// <summary>Folders in the same one are put together: Kernels/{Choose, Launch}.</summary>
    private static string Folders(IEnumerable<string> folders) => string.Join(", ", folders
        .GroupBy(folder => folder[..(folder.LastIndexOf('/') + 1)] is { Length: > 0 } around ? around : folder)
        .SelectMany(inside => inside.Count() == 1
            ? inside.Select(folder => folder.Length == 0 ? "its own folder" : folder)
            : [$"{inside.Key}{{{string.Join(", ", inside.Select(folder => folder[inside.Key.Length..]))}}}"]));
}
