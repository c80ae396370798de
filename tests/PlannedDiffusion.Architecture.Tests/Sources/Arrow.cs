namespace PlannedDiffusion.Architecture.Tests.Sources;

/// <summary>A file of one folder uses a type of another one.</summary>
/// <param name="From">The folder of the file.</param>
/// <param name="To">The folder of the type.</param>
/// <param name="File">The file's name, or what a generator calls it.</param>
/// <param name="Line">Its first line that does, from 1.</param>
/// <param name="Type">The type.</param>
public sealed record Arrow(Place From, Place To, string File, int Line, string Type)
{
    public override string ToString() => $"{From} -> {To}: {File}:{Line} {Type}";
}
