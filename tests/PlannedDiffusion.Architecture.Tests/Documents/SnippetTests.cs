using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using PlannedDiffusion.Architecture.Tests.Rules;
using PlannedDiffusion.Architecture.Tests.Sources;
using Xunit;

namespace PlannedDiffusion.Architecture.Tests.Documents;

/// <summary>The C# in the pages compiles against the libraries as they are.</summary>
public sealed class SnippetTests
{
    private static readonly CSharpParseOptions Parsing = new(LanguageVersion.CSharp14);

    /// <summary>The framework, and all assemblies beside this program.</summary>
    private static readonly IReadOnlyList<MetadataReference> Assemblies =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    [Fact]
    public void SnippetsCompile()
    {
        (Page Page, CodeBlock Block)[] snippets =
        [
            .. Page.All.SelectMany(page => page.Blocks.Where(block => block.Language == "csharp")
                .Select(block => (page, block))),
        ];
        Assert.True(snippets.Length >= 5);
        Expect.None(
            snippets.SelectMany(one => Problems(one.Block).Select(problem => $"{one.Page.Name}:{problem}")));
    }

    /// <summary>Of each alone, as a program if it has statements.</summary>
    private static IEnumerable<string> Problems(CodeBlock block)
    {
        SyntaxTree tree = CSharpSyntaxTree.ParseText(block.Text, Parsing);
        bool program = tree.GetCompilationUnitRoot().Members.Any(member => member is GlobalStatementSyntax);
        var options = new CSharpCompilationOptions(
            program ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
            nullableContextOptions: NullableContextOptions.Enable);
        return CSharpCompilation
            .Create("Snippet", [CSharpSyntaxTree.ParseText(BoundProject.Usings, Parsing), tree], Assemblies, options)
            .GetDiagnostics().Where(problem => problem.Severity >= DiagnosticSeverity.Warning)
            .Select(problem =>
                $"{block.Line + problem.Location.GetLineSpan().StartLinePosition.Line}: {problem.GetMessage()}");
    }
}
