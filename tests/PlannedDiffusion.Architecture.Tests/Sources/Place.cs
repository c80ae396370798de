namespace PlannedDiffusion.Architecture.Tests.Sources;

/// <summary>A folder of a project, with slashes; empty for the project's own folder.</summary>
public readonly record struct Place(string Project, string Folder)
{
    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static Place Parse(string text) =>
        text.Split('/', 2) is [string project, string folder] ? new Place(project, folder) : new Place(text, "");

    public override string ToString() => Folder.Length == 0 ? Project : $"{Project}/{Folder}";
}
