using PlannedDiffusion.Architecture.Tests.Sources;

namespace PlannedDiffusion.Architecture.Tests.Rules;

/// <summary>A C# file has at most 400 lines of at most 120 columns.</summary>
public static class FileRules
{
    /// <summary>Files that are longer, and lines that are wider.</summary>
    public static IEnumerable<string> Violations(IEnumerable<SourceFile> files)
    {
        foreach (SourceFile file in files)
        {
            string[] lines = file.Text.TrimEnd('\n').Split('\n');
            if (lines.Length > 400) yield return $"{file.Name} has {lines.Length} lines";
            foreach ((int index, string line) in lines.Index())
            {
                if (line.TrimEnd('\r').EnumerateRunes().Count() > 120)
                    yield return $"{file.Name}:{index + 1} is wider than 120 columns";
            }
        }
    }
}
