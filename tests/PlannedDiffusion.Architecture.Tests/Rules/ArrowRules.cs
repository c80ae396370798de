using PlannedDiffusion.Architecture.Tests.Sources;

namespace PlannedDiffusion.Architecture.Tests.Rules;

/// <summary>Holds a floor plan and the sources to each other.</summary>
public static class ArrowRules
{
    /// <summary>The arrows that no plan allows.</summary>
    public static IEnumerable<string> Forbidden(IEnumerable<ProjectPlan> plans, IEnumerable<Arrow> arrows) =>
        arrows.Where(arrow => !plans.Any(plan => plan.Name == arrow.From.Project && plan.Allows(arrow.From, arrow.To)))
            .Select(arrow => $"{arrow.From} may not use {arrow.To}: {arrow.File}:{arrow.Line} {arrow.Type}");

    /// <summary>What a plan allows and no file needs.</summary>
    public static IEnumerable<string> Unused(IEnumerable<ProjectPlan> plans, IEnumerable<Arrow> arrows)
    {
        HashSet<(string From, string To)> used = [];
        foreach (Arrow arrow in arrows)
        {
            used.Add((arrow.From.ToString(), arrow.To.ToString()));
            used.Add(($"all of {arrow.From.Project}", arrow.To.ToString()));
        }

        return Permissions(plans).Where(permission => !used.Contains(permission))
            .Select(permission => $"{permission.From} does not use {permission.To}");
    }

    /// <summary>Folders that hold files and stand in no plan, and folders of a plan that hold none.</summary>
    public static IEnumerable<string> Unknown(IEnumerable<ProjectPlan> plans, IEnumerable<Place> folders)
    {
        HashSet<Place> planned = [.. plans.SelectMany(
            plan => plan.Folders.Select(folder => new Place(plan.Name, folder.Name)))];
        HashSet<Place> real = [.. folders];
        return real.Except(planned).Select(place => $"{place} is not in the floor plan")
            .Concat(planned.Except(real).Select(place => $"{place} holds no file"));
    }

    private static IEnumerable<(string From, string To)> Permissions(IEnumerable<ProjectPlan> plans)
    {
        foreach (ProjectPlan plan in plans)
        {
            foreach (string place in plan.Elsewhere) yield return ($"all of {plan.Name}", place);
            foreach (FolderPlan folder in plan.Folders)
            {
                string from = new Place(plan.Name, folder.Name).ToString();
                foreach (string use in folder.Uses) yield return (from, new Place(plan.Name, use).ToString());
                foreach (string place in folder.Elsewhere) yield return (from, place);
            }
        }
    }
}
