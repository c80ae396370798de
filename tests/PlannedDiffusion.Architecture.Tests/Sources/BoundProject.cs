using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace PlannedDiffusion.Architecture.Tests.Sources;

/// <summary>The sources of one project, bound, with what the generators add.</summary>
/// <param name="File">What the project file says.</param>
/// <param name="Compilation">Written and generated sources.</param>
public sealed record BoundProject(ProjectFile File, CSharpCompilation Compilation)
{
    /// <summary>What every project uses without saying so (ImplicitUsings).</summary>
    public const string Usings =
        "global using System; global using System.Collections.Generic; global using System.IO; " +
        "global using System.Linq; global using System.Net.Http; global using System.Threading; " +
        "global using System.Threading.Tasks;";

    private static readonly CSharpParseOptions Parsing = new(LanguageVersion.CSharp14);

    /// <summary>The project's name.</summary>
    public string Name => File.Name;

    /// <summary>The files that a person wrote.</summary>
    public IEnumerable<SyntaxTree> Written => Compilation.SyntaxTrees.Where(IsWritten);

    /// <summary>Binds files that stand after others.</summary>
    /// <param name="project">What the project file says.</param>
    /// <param name="files">All its files.</param>
    /// <param name="others">The projects that it references, bound.</param>
    public static BoundProject Bind(
        ProjectFile project, IEnumerable<SourceFile> files, IEnumerable<BoundProject> others)
    {
        OutputKind kind = project.IsProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary;
        CSharpCompilationOptions options = new(
            kind, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable);
        string friends = string.Concat(project.Friends.Select(
            friend => $"[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"{friend}\")]"));
        CSharpCompilation compilation = CSharpCompilation.Create(project.AssemblyName,
            [
                CSharpSyntaxTree.ParseText(Usings + friends, Parsing),
                .. files.Select(file => CSharpSyntaxTree.ParseText(file.Text, Parsing, file.Path)),
            ],
            [.. References.OfPackages, .. others.Select(other => other.Compilation.ToMetadataReference())], options);
        return new BoundProject(project, Generators.AddTo(compilation, Parsing));
    }

    /// <summary>Whether a person wrote the file.</summary>
    public bool IsWritten(SyntaxTree tree) =>
        tree.FilePath.StartsWith(File.Folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>The folder of a file that a person wrote.</summary>
    public Place PlaceOf(SyntaxTree tree) => new(
        Name, Path.GetDirectoryName(Path.GetRelativePath(File.Folder, tree.FilePath))!.Replace('\\', '/'));

    /// <summary>The namespace for a file in its folder.</summary>
    public string NamespaceOf(SyntaxTree tree) =>
        $"{File.Namespace}.{PlaceOf(tree).Folder.Replace('/', '.')}".TrimEnd('.');

    /// <summary>The folder of a type: that of the file in which a person wrote it.</summary>
    /// <returns>Null for a type that only a generator wrote.</returns>
    public Place? PlaceOf(INamedTypeSymbol type)
    {
        while (type.ContainingType is { } outer) type = outer;
        return type.DeclaringSyntaxReferences.Select(reference => reference.SyntaxTree).FirstOrDefault(IsWritten)
            is { } written ? PlaceOf(written) : null;
    }
}
