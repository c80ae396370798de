using System.Text.RegularExpressions;
using PlannedDiffusion.TestKit;

namespace PlannedDiffusion.Architecture.Tests.Documents;

/// <summary>A line of a page that is not code, from 1.</summary>
public readonly record struct ProseLine(int Number, string Text);

/// <summary>A fenced block.</summary>
/// <param name="Language">What stands behind the fence; empty if nothing does.</param>
/// <param name="Line">The number of its first line, from 1.</param>
/// <param name="Lines">Its lines.</param>
public sealed record CodeBlock(string Language, int Line, IReadOnlyList<string> Lines)
{
    public string Text => string.Join('\n', Lines);
}

/// <summary>A Markdown file of the repository.</summary>
/// <param name="Name">Its path from the root, with slashes.</param>
/// <param name="Lines">All lines.</param>
/// <param name="Prose">The lines outside of fences.</param>
/// <param name="Blocks">The fenced blocks.</param>
public sealed partial record Page(
    string Name, IReadOnlyList<string> Lines, IReadOnlyList<ProseLine> Prose, IReadOnlyList<CodeBlock> Blocks)
{
    private const string Fence = "```";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Page> All { get; } =
        [.. RepositoryFiles.Paths.Where(path => path.EndsWith(".md", StringComparison.Ordinal)).Select(Read)];

    /// <summary>The folder of the page, from the root; empty for the root.</summary>
    public string Folder => Name.Contains('/') ? Name[..Name.LastIndexOf('/')] : "";

    /// <summary>What stands in backticks, with the line that it is on.</summary>
    public IEnumerable<ProseLine> CodeSpans =>
        from line in Prose
        from Match span in CodeSpan().Matches(line.Text)
        select new ProseLine(line.Number, span.Groups[1].Value.Replace("\\|", "|", StringComparison.Ordinal));

    /// <summary>Targets of links and images.</summary>
    public IEnumerable<ProseLine> Links =>
        from line in Prose
        from Match link in Link().Matches(CodeSpan().Replace(line.Text, "code"))
        select new ProseLine(line.Number, link.Groups[1].Value);

    /// <summary>The fragments that links may have behind a #: one for each heading.</summary>
    public IEnumerable<string> Anchors =>
        from line in Prose
        where line.Text.StartsWith('#')
        select NoAnchor().Replace(line.Text.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-');

    private static Page Read(string name)
    {
        string[] lines = File.ReadAllLines(Repository.PathTo(name));
        var prose = new List<ProseLine>();
        var blocks = new List<CodeBlock>();
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith(Fence, StringComparison.Ordinal))
            {
                prose.Add(new ProseLine(i + 1, lines[i]));
                continue;
            }

            int end = Array.FindIndex(lines, i + 1, line => line.TrimEnd() == Fence);
            if (end < 0) throw new FormatException($"{name}:{i + 1}: the fence has no end.");
            blocks.Add(new CodeBlock(lines[i][Fence.Length..].Trim(), i + 2, lines[(i + 1)..end]));
            i = end;
        }

        return new Page(name, lines, prose, blocks);
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex(@"\[[^\]]*\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NoAnchor();
}
