using System.Text.RegularExpressions;
using PlannedDiffusion.Architecture.Tests.Rules;
using Xunit;

namespace PlannedDiffusion.Architecture.Tests.Documents;

/// <summary>What pages point at exists: links, and files and folders in backticks.</summary>
public sealed partial class LinkTests
{
    private static readonly string[] SourceFiles =
        [".cs", ".cpp", ".csproj", ".cu", ".cuh", ".h", ".md", ".props", ".py", ".sh", ".sln", ".txt"];

    [Fact]
    public void LinksLeadSomewhere()
    {
        Dictionary<string, Page> pages = Page.All.ToDictionary(page => page.Name);
        Assert.True(pages.Count > 10);
        Expect.None(
            from page in Page.All
            from link in page.Links
            where !link.Text.Contains("://", StringComparison.Ordinal) && !Leads(page, link.Text)
            select $"{page.Name}:{link.Number}: {link.Text}");

        bool Leads(Page page, string link)
        {
            string[] parts = link.Split('#', 2);
            string target = parts[0].Length == 0 ? page.Name : Combine(page.Folder, parts[0]);
            if (parts.Length == 2)
                return pages.TryGetValue(target, out Page? other) && other.Anchors.Contains(parts[1]);
            return RepositoryFiles.Paths.Contains(target) || RepositoryFiles.Folders.Contains(target.TrimEnd('/'));
        }
    }

    /// <summary>The changelog and recorded results may name what is no more.</summary>
    [Fact]
    public void PathsInBackticksExist()
    {
        Expect.None(
            from page in Page.All
            where page.Name is not "CHANGELOG.md" and not "bench/results/predictions-h200.md"
            from span in page.CodeSpans
            where LooksLikePath(span.Text) && !Exists(page, span.Text)
            select $"{page.Name}:{span.Number}: {span.Text}");
    }

    /// <summary>
    /// A path from the root, a folder with a slash at its end, or the name of a source file. Not one with a
    /// placeholder (XKernel.cs, OUT), and not what a build leaves.
    /// </summary>
    private static bool LooksLikePath(string text)
    {
        if (!PathText().IsMatch(text) || Placeholder().IsMatch(text)) return false;
        if (text.Contains("/bin/", StringComparison.Ordinal) || text.StartsWith("artifacts", StringComparison.Ordinal))
            return false;
        bool fromRoot = text.Contains('/') && RepositoryFiles.Folders.Contains(text[..text.IndexOf('/')]);
        return fromRoot || text.EndsWith('/')
            || SourceFiles.Any(extension => text.EndsWith(extension, StringComparison.Ordinal) && text != extension);
    }

    /// <summary>
    /// Anywhere in the checkout, as pages shorten paths (Steps/StepKernels.cs); without an extension, from the page.
    /// </summary>
    private static bool Exists(Page page, string text)
    {
        string path = Combine(page.Folder, text).TrimEnd('/');
        if (RepositoryFiles.Folders.Contains(path)) return true;
        if (RepositoryFiles.Paths.Any(file => file.StartsWith($"{path}.", StringComparison.Ordinal))) return true;
        string pattern = Regex.Escape(text.TrimEnd('/')).Replace("\\*", "[^/]*", StringComparison.Ordinal);
        pattern = Alternatives().Replace(pattern, one => $"({one.Groups[1].Value.Replace(",", "|")})");
        var end = new Regex($"(^|/){pattern}$");
        return RepositoryFiles.Paths.Any(end.IsMatch) || RepositoryFiles.Folders.Any(end.IsMatch);
    }

    /// <summary>A path that is relative to a folder, from the root.</summary>
    private static string Combine(string folder, string path)
    {
        var parts = new List<string>(folder.Length == 0 ? [] : folder.Split('/'));
        foreach (string part in path.Split('/'))
        {
            if (part == ".." && parts.Count > 0) parts.RemoveAt(parts.Count - 1);
            else if (part is not ".") parts.Add(part);
        }

        return string.Join('/', parts);
    }

    [GeneratedRegex(@"^[\w.,{}*/-]+$")]
    private static partial Regex PathText();

    [GeneratedRegex(@"(^|/)([xX]([A-Z.]\w*.*)?|[A-Z]{3,})(/|$)")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"\\\{([^}]*)\}")]
    private static partial Regex Alternatives();
}
