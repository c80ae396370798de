using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace PlannedDiffusion.Architecture.Tests.Sources;

/// <summary>The source generators of the SDK and of packages. The build copies them beside this program.</summary>
public static class Generators
{
    private static readonly IReadOnlyList<AnalyzerFileReference> Files =
    [
        .. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "generators"), "*.dll")
            .Order(StringComparer.Ordinal).Select(path => new AnalyzerFileReference(path, new Loader())),
    ];

    /// <summary>The compilation with what the generators write for it.</summary>
    public static CSharpCompilation AddTo(CSharpCompilation compilation, CSharpParseOptions options)
    {
        CSharpGeneratorDriver
            .Create(Files.SelectMany(file => file.GetGenerators(LanguageNames.CSharp)), parseOptions: options)
            .RunGeneratorsAndUpdateCompilation(compilation, out Compilation complete, out _);
        return (CSharpCompilation)complete;
    }

    /// <summary>What generators need of each other lies beside them; the compiler is this program's.</summary>
    private sealed class Loader : IAnalyzerAssemblyLoader
    {
        public void AddDependencyLocation(string fullPath)
        {
        }

        public Assembly LoadFromPath(string fullPath) => Assembly.LoadFrom(fullPath);
    }
}
