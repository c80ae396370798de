using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using PlannedDiffusion.Architecture.Tests.Rules;
using PlannedDiffusion.Architecture.Tests.Sources;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Architecture.Tests;

/// <summary>What each file keeps to: its length, its name, the names in it.</summary>
public sealed class SourceFileTests(BoundSources sources)
{
    [Fact]
    public void FilesStayReadable()
    {
        SourceFile[] files = [.. Below("src", "tests", "bench", "examples")];
        Assert.True(files.Length > 600);
        Expect.None(FileRules.Violations(files));
    }

    [Fact]
    public void ATypeHasItsNameForItself() => Expect.None(NameRules.Shared(Trees()));

    [Fact]
    public void AFileHasTheNameOfItsType() => Expect.None(NameRules.FilesOfOtherNames(Trees()));

    [Fact]
    public void ANamespaceIsAFolder() => Expect.None(sources.Projects.SelectMany(project =>
        NameRules.OtherNamespaces(project.Written, tree => project.NamespaceOf(tree))));

    [Fact]
    public void MethodsTakeFewParameters() => Expect.None(ParameterRules.Violations(Trees()));

    [Fact]
    public void TheLibraryDependsOnNothingButTheFramework()
    {
        ProjectFile library = ProjectFile.In("src").Single(project => project.Name == "PlannedDiffusion");
        Assert.Empty(library.Packages);
        Assert.Empty(library.Projects);
    }

    /// <summary>The command pd and the extensions show that the public API is enough.</summary>
    [Fact]
    public void OnlyTheCudaRunnerSeesInternalsOfTheLibrary()
    {
        IReadOnlyList<ProjectFile> projects = ProjectFile.In("src");
        IEnumerable<string> friends =
            from owner in projects
            from friend in projects
            where owner.Friends.Contains(friend.AssemblyName)
            select $"{owner.Name}: {friend.Name}";
        Assert.Equal(["PlannedDiffusion: PlannedDiffusion.Cuda"], friends);
    }

    private static IEnumerable<SourceFile> Below(params string[] folders) =>
        folders.SelectMany(folder => SourceFile.Below(Repository.PathTo(folder)));

    private static IEnumerable<SyntaxTree> Trees() =>
        Below("src", "bench").Select(file => CSharpSyntaxTree.ParseText(file.Text, path: file.Path));
}
