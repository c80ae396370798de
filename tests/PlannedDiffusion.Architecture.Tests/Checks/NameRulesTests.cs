using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using PlannedDiffusion.Architecture.Tests.Rules;
using Xunit;

namespace PlannedDiffusion.Architecture.Tests.Checks;

public sealed class NameRulesTests
{
    [Theory]
    [InlineData("namespace A; class Tile;", "namespace B; struct Tile;")]
    [InlineData("namespace A; class Tile;", "namespace B; class Owner { private enum Tile; }")]
    [InlineData("namespace A; class Owner { public class Tile; }", "namespace A; class Other { internal class Tile; }")]
    [InlineData("namespace A; delegate void Tile();", "namespace A.B; interface Tile;")]
    [InlineData("namespace A { class Tile; }", "record Tile;")]
    public void ANameWithTwoOwnersFails(string first, string second) => Assert.StartsWith(
        "Tile is the name of ", Assert.Single(NameRules.Shared(Trees(first, second))), StringComparison.Ordinal);

    [Theory]
    [InlineData("namespace A; partial class Tile;", "namespace A; partial class Tile;")]
    [InlineData("namespace A; class Tile;", "namespace A; class Tile<T>;")]
    [InlineData("namespace A; class Owner { private class Tile; }", "namespace A; class Other { class Tile; }")]
    [InlineData("namespace A; class Tile { int Tiles; }", "namespace A; class Tiles { int Tile() => 1; }")]
    public void ANameWithOneOwnerPasses(string first, string second) =>
        Assert.Empty(NameRules.Shared(Trees(first, second)));

    [Theory]
    [InlineData("class Tile; class Tiling;", true)]
    [InlineData("class Tiling; class Tile<T>;", true)]
    [InlineData("delegate void Tile();", true)]
    [InlineData("System.Console.WriteLine();", true)]
    [InlineData("class Tiling;", false)]
    [InlineData("class Tiling { class Tile; }", false)]
    [InlineData("class Tiling; class Tiles;", false)]
    public void AFileHasTheNameOfAType(string text, bool passes) =>
        Assert.Equal(passes, !NameRules.FilesOfOtherNames(Trees(("/p/Tile.cs", text))).Any());

    [Theory]
    [InlineData("class One; class Two;", true)]
    [InlineData("class One;", false)]
    public void SeveralSmallTypesMayHaveAPlural(string text, bool passes) =>
        Assert.Equal(passes, !NameRules.FilesOfOtherNames(Trees(("/p/Numbers.cs", text))).Any());

    [Theory]
    [InlineData("namespace A.B; class Tile;", true)]
    [InlineData("System.Console.WriteLine();", true)]
    [InlineData("namespace A; class Tile;", false)]
    [InlineData("namespace A.B { class Tile; namespace C { class Tiling; } }", false)]
    public void ANamespaceIsAFolder(string text, bool passes) =>
        Assert.Equal(passes, !NameRules.OtherNamespaces(Trees(text), _ => "A.B").Any());

    private static IEnumerable<SyntaxTree> Trees(params string[] texts) =>
        Trees([.. texts.Select((text, index) => ($"/p/File{index}.cs", text))]);

    private static IEnumerable<SyntaxTree> Trees(params (string Path, string Text)[] files) =>
        files.Select(file => CSharpSyntaxTree.ParseText(file.Text, path: file.Path));
}
