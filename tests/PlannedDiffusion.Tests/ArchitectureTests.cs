using System.Text.RegularExpressions;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests;

/// <summary>The allowed directions between the folders of the library, read from the using lines.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Engine"] =
        [
            "Decoding", "Forward", "Models", "Sampling", "Weights", "Tokenization", "Cpu", "Diagnostics", "Files",
        ],
        ["Decoding"] = ["Forward", "Sampling", "Tokenization"],
        ["Sampling"] = [],
        ["Forward"] = ["Models", "Sampling"],
        ["Models"] = ["Weights", "Numerics", "Files"],
        ["Weights"] = ["Files"],
        ["Tokenization"] = ["Files"],
        ["Hub"] = ["Files", "Weights"],
        ["Cpu"] = ["Forward", "Models", "Weights", "Sampling", "Numerics", "Diagnostics"],
        ["Numerics"] = [],
        ["Files"] = [],
        ["Diagnostics"] = ["Forward", "Models", "Sampling"],
    };

    [Fact]
    public void FoldersOfTheLibraryUseOnlyWhatTheyMay()
    {
        string library = Repository.PathTo("src", "PlannedDiffusion");
        var violations = new List<string>();
        foreach (string file in Directory.EnumerateFiles(library, "*.cs", SearchOption.AllDirectories))
        {
            string[] path = Path.GetRelativePath(library, file).Split(Path.DirectorySeparatorChar);
            if (path.Length < 2 || path[0] is "obj" or "bin") continue;
            Assert.True(Allowed.ContainsKey(path[0]), $"{path[0]} is not a folder of the design.");
            foreach (Match match in LibraryName().Matches(File.ReadAllText(file)))
            {
                string used = match.Groups[1].Value;
                if (used != path[0] && !Allowed[path[0]].Contains(used)) violations.Add($"{path[^1]} uses {used}");
            }
        }

        Assert.Empty(violations);
    }

    /// <summary>
    /// Runner, kernels, runtime, interop: each uses only those below it, and none uses engine or decoders.
    /// </summary>
    [Fact]
    public void FoldersOfTheCudaRunnerUseOnlyWhatTheyMay()
    {
        string[] order = ["Options", "Interop", "Runtime", "Compilation", "Kernels", "Loading", "Sequences", "Steps"];
        string[] library = ["Files", "Forward", "Models", "Weights", "Sampling", "Numerics", "Diagnostics"];
        string root = Repository.PathTo("src", "PlannedDiffusion.Cuda");
        var violations = new List<string>();
        int files = 0;
        foreach (string file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories))
        {
            string[] path = Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar);
            if (path[0] is "obj" or "bin") continue;
            files++;
            string text = File.ReadAllText(file);
            string[] allowed = path.Length < 2 ? [.. library, "Cpu"] : library; // a GPU, else the CPU
            violations.AddRange(LibraryName().Matches(text).Select(match => match.Groups[1].Value)
                .Where(used => !allowed.Contains(used)).Select(used => $"{path[^1]} uses {used}"));
            if (path.Length < 2) continue; // the runner itself
            int level = Array.IndexOf(order, path[0]);
            Assert.True(level >= 0, $"{path[0]} is not a folder of the design.");
            violations.AddRange(CudaName().Matches(text).Select(match => match.Groups[1].Value)
                .Where(used => Array.IndexOf(order, used) > level).Select(used => $"{path[^1]} uses {used}"));
        }

        Assert.True(files > 50);
        Assert.Empty(violations);
    }

    [Fact]
    public void TheLibraryDependsOnNothingButTheFramework()
    {
        string project = File.ReadAllText(Repository.PathTo("src", "PlannedDiffusion", "PlannedDiffusion.csproj"));
        Assert.DoesNotContain("PackageReference", project, StringComparison.Ordinal);
        Assert.DoesNotContain("ProjectReference", project, StringComparison.Ordinal);
    }

    [Fact]
    public void FilesAreShortAndNarrow()
    {
        var violations = new List<string>();
        foreach (string folder in (string[])["src", "tests", "bench", "examples"])
        {
            string root = Repository.PathTo(folder);
            foreach (string file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories))
            {
                string name = Path.GetRelativePath(root, file);
                if (name.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin")) continue;
                string[] lines = File.ReadAllLines(file);
                if (lines.Length > 400) violations.Add($"{name} has {lines.Length} lines");
                violations.AddRange(lines.Index().Where(line => line.Item.EnumerateRunes().Count() > 120)
                    .Select(line => $"{name}:{line.Index + 1} is wider than 120 columns"));
            }
        }

        Assert.Empty(violations);
    }

    [GeneratedRegex(
        @"\bPlannedDiffusion\.(Engine|Decoding|Forward|Sampling|Models|Weights|Tokenization|Cpu|Numerics|Diagnostics" +
        @"|Files|Hub)\b(?<!namespace PlannedDiffusion\.\w+)")]
    private static partial Regex LibraryName();

    [GeneratedRegex(@"\busing PlannedDiffusion\.Cuda\.(\w+)")]
    private static partial Regex CudaName();
}
