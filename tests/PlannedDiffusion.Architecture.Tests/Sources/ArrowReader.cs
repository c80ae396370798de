using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace PlannedDiffusion.Architecture.Tests.Sources;

/// <summary>
/// Reads which folder uses which from what names and operators mean, not from how they are written. A type that only a
/// var hides, a member, an extension method and an attribute count. Using lines and comments do not.
/// </summary>
public sealed class ArrowReader(IReadOnlyList<BoundProject> projects)
{
    private readonly Dictionary<string, BoundProject> _byAssembly =
        projects.ToDictionary(project => project.Compilation.AssemblyName!);

    private readonly ConcurrentDictionary<INamedTypeSymbol, Place?> _places = new(SymbolEqualityComparer.Default);

    /// <summary>All arrows between folders, by folder, file and line; one for each type that a file uses.</summary>
    public IReadOnlyList<Arrow> Read() =>
    [
        .. projects.SelectMany(project => project.Compilation.SyntaxTrees.Select(tree => (project, tree)))
            .AsParallel().SelectMany(source => Read(source.project, source.tree))
            .OrderBy(arrow => $"{arrow.From} {arrow.To} {arrow.File}", StringComparer.Ordinal)
            .ThenBy(arrow => arrow.Line).ThenBy(arrow => arrow.Type, StringComparer.Ordinal),
    ];

    private IEnumerable<Arrow> Read(BoundProject project, SyntaxTree tree)
    {
        SemanticModel model = project.Compilation.GetSemanticModel(tree);
        Place? written = project.IsWritten(tree) ? project.PlaceOf(tree) : null;
        HashSet<(Place, INamedTypeSymbol)> seen = [];
        foreach (SyntaxNode node in tree.GetRoot().DescendantNodes())
        {
            foreach (INamedTypeSymbol used in Used(model, node).SelectMany(Types))
            {
                if (_places.GetOrAdd(used, PlaceOf) is not { } to || to == written) continue;
                if ((written ?? PlaceOfType(project, model, node)) is not { } from) continue;
                if (to == from || !seen.Add((from, used))) continue;
                int line = tree.GetLineSpan(node.Span).StartLinePosition.Line + 1;
                yield return new Arrow(from, to, Path.GetFileName(tree.FilePath), line, used.Name);
            }
        }
    }

    private static IEnumerable<ISymbol?> Used(SemanticModel model, SyntaxNode node)
    {
        switch (node)
        {
            // What encloses a name and means the same, such as a call, is left out: names are nodes, too.
            case SimpleNameSyntax or ImplicitObjectCreationExpressionSyntax or ConstructorInitializerSyntax
                or ElementAccessExpressionSyntax or ElementBindingExpressionSyntax or ImplicitElementAccessSyntax
                or BinaryExpressionSyntax or PrefixUnaryExpressionSyntax or PostfixUnaryExpressionSyntax
                or AssignmentExpressionSyntax or CastExpressionSyntax:
                yield return model.GetSymbolInfo(node).Symbol;
                break;
            case CommonForEachStatementSyntax loop:
                yield return model.GetForEachStatementInfo(loop).GetEnumeratorMethod;
                yield return model.GetForEachStatementInfo(loop).ElementType;
                break;
        }
    }

    /// <summary>The types behind a symbol: itself with its arguments, or the one that declares the member.</summary>
    private static IEnumerable<INamedTypeSymbol> Types(ISymbol? symbol) => symbol switch
    {
        IArrayTypeSymbol array => Types(array.ElementType),
        IPointerTypeSymbol pointer => Types(pointer.PointedAtType),
        IFunctionPointerTypeSymbol function => function.Signature.Parameters.Select(parameter => parameter.Type)
            .Append(function.Signature.ReturnType).SelectMany(Types),
        INamedTypeSymbol type => type.TypeArguments.SelectMany(Types).Prepend(type.OriginalDefinition),
        IMethodSymbol { ReducedFrom: { } extension } => Types(extension.ContainingType),
        IMethodSymbol or IPropertySymbol or IFieldSymbol or IEventSymbol => Types(symbol.ContainingType),
        _ => [],
    };

    private Place? PlaceOf(INamedTypeSymbol type) =>
        type.ContainingAssembly is { } assembly && _byAssembly.TryGetValue(assembly.Name, out BoundProject? project)
            ? project.PlaceOf(type) : null;

    /// <summary>The folder of a generated node: that of the written part of its type.</summary>
    private static Place? PlaceOfType(BoundProject project, SemanticModel model, SyntaxNode node) =>
        node.Ancestors().OfType<BaseTypeDeclarationSyntax>().FirstOrDefault() is { } type
        && model.GetDeclaredSymbol(type) is { } declared ? project.PlaceOf(declared) : null;
}
