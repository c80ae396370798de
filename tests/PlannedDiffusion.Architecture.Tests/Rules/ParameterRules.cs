using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace PlannedDiffusion.Architecture.Tests.Rules;

/// <summary>
/// No method or constructor takes more than seven parameters. Native signatures are not ours. A record of data, with no
/// method of its own, is what long lists of parameters become: its constructor may be long.
/// </summary>
public static class ParameterRules
{
    private const int Most = 7;

    /// <summary>The places that take more.</summary>
    public static IEnumerable<string> Violations(IEnumerable<SyntaxTree> trees) =>
        from tree in trees
        from node in tree.GetRoot().DescendantNodes()
        let parameters = ParametersOf(node)?.Parameters.Count ?? 0
        where parameters > Most
        let line = tree.GetLineSpan(node.Span).StartLinePosition.Line + 1
        select $"{Path.GetFileName(tree.FilePath)}:{line} takes {parameters} parameters";

    private static ParameterListSyntax? ParametersOf(SyntaxNode node) => node switch
    {
        MethodDeclarationSyntax method when IsNative(method) => null,
        RecordDeclarationSyntax record when IsData(record) => null,
        BaseMethodDeclarationSyntax method => method.ParameterList,
        LocalFunctionStatementSyntax function => function.ParameterList,
        DelegateDeclarationSyntax function => function.ParameterList,
        TypeDeclarationSyntax type => type.ParameterList,
        _ => null,
    };

    private static bool IsNative(MethodDeclarationSyntax method) =>
        method.Modifiers.Any(SyntaxKind.ExternKeyword) || method.AttributeLists
            .SelectMany(list => list.Attributes).Any(attribute => attribute.Name.ToString() is "LibraryImport");

    private static bool IsData(RecordDeclarationSyntax record) =>
        !record.Members.Any(member => member is BaseMethodDeclarationSyntax);
}
