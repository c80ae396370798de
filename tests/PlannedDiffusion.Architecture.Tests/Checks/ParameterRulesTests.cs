using Microsoft.CodeAnalysis.CSharp;
using PlannedDiffusion.Architecture.Tests.Rules;
using Xunit;

namespace PlannedDiffusion.Architecture.Tests.Checks;

public sealed class ParameterRulesTests
{
    private const string Eight = "(int a, int b, int c, int d, int e, int f, int g, int h)";

    [Theory]
    [InlineData($"class Type {{ void Method{Eight} {{ }} }}")]
    [InlineData($"class Type {{ public Type{Eight} {{ }} }}")]
    [InlineData($"class Type{Eight};")]
    [InlineData($"struct Type{Eight};")]
    [InlineData($"interface IType {{ void Method{Eight}; }}")]
    [InlineData($"delegate void Type{Eight};")]
    [InlineData($"class Type {{ void Method() {{ void Local{Eight} {{ }} }} }}")]
    [InlineData($"record Type{Eight} {{ int Sum() => a + b; }}")]
    [InlineData($"record Type(int A) {{ Type{Eight} : this(a) {{ }} }}")]
    public void MoreThanSevenFail(string text) =>
        Assert.Equal(["File.cs:2 takes 8 parameters"], Violations(text));

    [Theory]
    [InlineData("class Type { void Method(int a, int b, int c, int d, int e, int f, int g) { } }")]
    [InlineData($"class Type {{ [DllImport(\"c\")] static extern void Method{Eight}; }}")]
    [InlineData($"partial class Type {{ [LibraryImport(\"c\")] static partial void Method{Eight}; }}")]
    [InlineData("unsafe class Type { delegate*<int, int, int, int, int, int, int, int, void> _call; }")]
    [InlineData($"record Type{Eight};")]
    [InlineData($"readonly record struct Type{Eight} {{ public int Sum => a + b; }}")]
    public void SevenPassAndSoDoNativeSignaturesAndRecordsOfData(string text) => Assert.Empty(Violations(text));

    private static IEnumerable<string> Violations(string text) =>
        ParameterRules.Violations([CSharpSyntaxTree.ParseText("\n" + text, path: "/p/File.cs")]);
}
