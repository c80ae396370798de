using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace PlannedDiffusion.Architecture.Tests.Rules;

/// <summary>Names of types, files and namespaces.</summary>
public static class NameRules
{
    /// <summary>
    /// Names that two types have. Parts of a type are one type, and so are a type and its generic namesakes beside it.
    /// Private types inside others may share a name among themselves.
    /// </summary>
    public static IEnumerable<string> Shared(IEnumerable<SyntaxTree> trees) =>
        trees.SelectMany(Types).GroupBy(type => NameOf(type))
            .Where(group => group.Any(type => !IsPrivate(type)))
            .Select(group => (Name: group.Key, Owners: group.Select(OwnerOf).Distinct().ToArray()))
            .Where(name => name.Owners.Length > 1)
            .Select(name => $"{name.Name} is the name of {string.Join(" and of ", name.Owners)}");

    /// <summary>
    /// A file has the name of a type in it. One with several small types and no main one has a plural instead.
    /// A program's first file has none.
    /// </summary>
    public static IEnumerable<string> FilesOfOtherNames(IEnumerable<SyntaxTree> trees)
    {
        foreach (SyntaxTree tree in trees)
        {
            string name = Path.GetFileName(tree.FilePath).Split('.')[0];
            string[] types = [.. Types(tree).Where(type => !IsInside(type)).Select(NameOf)];
            if (types.Length == 0 || types.Contains(name)) continue;
            if (types.Length > 1 && name.EndsWith('s')) continue;
            yield return $"{Path.GetFileName(tree.FilePath)} declares {string.Join(", ", types)}";
        }
    }

    /// <summary>A namespace is that of its project and then the folders.</summary>
    /// <param name="trees">Files.</param>
    /// <param name="expected">The namespace for a file.</param>
    public static IEnumerable<string> OtherNamespaces(
        IEnumerable<SyntaxTree> trees, Func<SyntaxTree, string> expected) =>
        from tree in trees
        from space in tree.GetRoot().DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>()
        where space.Name.ToString() != expected(tree)
        select $"{Path.GetFileName(tree.FilePath)} is in {space.Name}, not in {expected(tree)}";

    private static IEnumerable<MemberDeclarationSyntax> Types(SyntaxTree tree) => tree.GetRoot().DescendantNodes()
        .OfType<MemberDeclarationSyntax>().Where(type => type is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax)
        .Where(type => type is not ExtensionBlockDeclarationSyntax);

    private static string NameOf(MemberDeclarationSyntax type) => type is DelegateDeclarationSyntax function
        ? function.Identifier.Text : ((BaseTypeDeclarationSyntax)type).Identifier.Text;

    private static bool IsInside(MemberDeclarationSyntax type) => type.Parent is TypeDeclarationSyntax;

    private static bool IsPrivate(MemberDeclarationSyntax type) =>
        IsInside(type) && !type.Modifiers.Any(modifier => modifier.Kind() is SyntaxKind.PublicKeyword
            or SyntaxKind.InternalKeyword or SyntaxKind.ProtectedKeyword);

    /// <summary>What tells types of one name apart: the namespace and the types around.</summary>
    private static string OwnerOf(MemberDeclarationSyntax type) => string.Join('.', type.AncestorsAndSelf().Reverse()
        .Select(node => node switch
        {
            BaseNamespaceDeclarationSyntax space => space.Name.ToString(),
            BaseTypeDeclarationSyntax or DelegateDeclarationSyntax => NameOf((MemberDeclarationSyntax)node),
            _ => null,
        })
        .OfType<string>());
}
