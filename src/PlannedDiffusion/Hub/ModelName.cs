using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using PlannedDiffusion.Files;

namespace PlannedDiffusion.Hub;

/// <summary>
/// The name of a model on a hub: <c>OWNER/NAME</c>, or <c>OWNER/NAME@REVISION</c>. Every part is safe as a part of a
/// path and of a URL.
/// </summary>
public sealed record ModelName
{
    private const int MaxPart = 96, MaxRevision = 250;
    private static readonly SearchValues<char> PartCharacters = SearchValues.Create(Letters + "-._");
    private static readonly SearchValues<char> RevisionCharacters = SearchValues.Create(Letters + "-._+/");
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private ModelName(string owner, string name, string revision)
    {
        Owner = owner;
        Name = name;
        Revision = revision;
    }

    /// <summary>The revision that is meant where none is named.</summary>
    public const string DefaultRevision = "main";

    /// <summary>The user or organization.</summary>
    public string Owner { get; }

    /// <summary>The model's own name.</summary>
    public string Name { get; }

    /// <summary>A branch, a tag or a commit.</summary>
    public string Revision { get; }

    /// <summary><c>OWNER/NAME</c>.</summary>
    public string Repository => $"{Owner}/{Name}";

    /// <summary>Reads a name, as <see cref="TryParse"/> does.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static ModelName Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out ModelName? model) ? model : throw new FormatException(
            $"{MessageText.Quote(text)} is no name of a model, which is OWNER/NAME or OWNER/NAME@REVISION");
    }

    /// <summary>
    /// Reads a name. It has exactly one slash before the <c>@</c>, and its parts are those that hubs allow: letters,
    /// digits, <c>_</c>, and, neither doubled nor at an end, <c>-</c> and <c>.</c>.
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ModelName? model)
    {
        model = null;
        if (text is null) return false;
        int at = text.IndexOf('@', StringComparison.Ordinal);
        string revision = at < 0 ? DefaultRevision : text[(at + 1)..];
        if ((at < 0 ? text : text[..at]).Split('/') is not [string owner, string name]) return false;
        if (!IsPart(owner) || !IsPart(name) || !IsRevision(revision)) return false;
        model = new ModelName(owner, name, revision);
        return true;
    }

    /// <summary>True for a full commit: 40 hexadecimal digits.</summary>
    internal static bool IsCommit(string revision) =>
        revision.Length == 40 && revision.All(char.IsAsciiHexDigitLower);

    /// <summary>As it is typed; without a revision if it is the default.</summary>
    public override string ToString() => Revision == DefaultRevision ? Repository : $"{Repository}@{Revision}";

    private static bool IsPart(string part) =>
        part.Length is > 0 and <= MaxPart
        && !part.AsSpan().ContainsAnyExcept(PartCharacters)
        && part[0] is not ('-' or '.') && part[^1] is not ('-' or '.')
        && !part.Contains("--", StringComparison.Ordinal) && !part.Contains("..", StringComparison.Ordinal);

    // Revisions become paths below refs, segment by segment.
    private static bool IsRevision(string revision) =>
        revision.Length is > 0 and <= MaxRevision
        && !revision.AsSpan().ContainsAnyExcept(RevisionCharacters)
        && revision.Split('/').All(part => part.Length > 0 && part[0] is not ('-' or '.') && part[^1] != '.');
}
