using PlannedDiffusion.Architecture.Tests.Sources;

namespace PlannedDiffusion.Architecture.Tests;

/// <summary>A project, its folders, and what they may use.</summary>
/// <param name="Name">The project's name.</param>
/// <param name="Folders">Its folders, each before those that it uses.</param>
public sealed record ProjectPlan(string Name, params IReadOnlyList<FolderPlan> Folders)
{
    /// <summary>Folders of other projects that each of its folders may use, as project/folder.</summary>
    public IReadOnlyList<string> Elsewhere { get; init; } = [];

    /// <summary>Whether one of its folders may use another folder.</summary>
    public bool Allows(Place from, Place to)
    {
        if (Folders.FirstOrDefault(folder => folder.Name == from.Folder) is not { } folder) return false;
        return to.Project == Name
            ? folder.Uses.Contains(to.Folder)
            : folder.Elsewhere.Concat(Elsewhere).Contains(to.ToString());
    }
}

/// <summary>A folder and what it may use beside itself.</summary>
/// <param name="Name">Its path in the project; empty for the project's own folder.</param>
/// <param name="Purpose">What lies there.</param>
/// <param name="Uses">Folders of its project.</param>
public sealed record FolderPlan(string Name, string Purpose, params IReadOnlyList<string> Uses)
{
    /// <summary>Folders of other projects that it may use, as project/folder.</summary>
    public IReadOnlyList<string> Elsewhere { get; init; } = [];
}
