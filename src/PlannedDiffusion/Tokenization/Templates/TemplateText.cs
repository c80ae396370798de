using System.Text;

namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>
/// Text that knows for each of its characters whether it comes from the template or from the caller. New texts are made
/// only by <see cref="Slice"/>, <see cref="Map"/> and <see cref="TextBuilder"/>, which keep the origins.
/// </summary>
internal sealed class TemplateText : TemplateValue
{
    // The end of each run of one origin. Neighbours differ in origin.
    private readonly (int End, bool Trusted)[] _runs;

    internal TemplateText(string text, (int End, bool Trusted)[] runs)
    {
        Text = text;
        _runs = runs;
    }

    public static TemplateText Empty { get; } = new("", []);

    public string Text { get; }

    public override string Kind => "a text";

    public override bool IsTrue => Text.Length > 0;

    public override int Size => Text.Length;

    /// <summary>True if no character comes from the caller.</summary>
    public bool IsTrusted => _runs is [] or [(_, true)];

    /// <summary>The template's own text.</summary>
    public static TemplateText Own(string text) => Of(text, trusted: true);

    /// <summary>The caller's text.</summary>
    public static TemplateText FromCaller(string text) => Of(text, trusted: false);

    public static TemplateText Of(string text, bool trusted) =>
        text.Length == 0 ? Empty : new TemplateText(text, [(text.Length, trusted)]);

    /// <summary>The runs of one origin, in order.</summary>
    public IEnumerable<TextPiece> Pieces()
    {
        int start = 0;
        foreach ((int end, bool trusted) in _runs)
        {
            yield return new TextPiece(Text[start..end], trusted);
            start = end;
        }
    }

    public TemplateText Slice(int start, int end)
    {
        if (start >= end) return Empty;
        if (start == 0 && end == Text.Length) return this;
        int first = RunAt(start), last = RunAt(end - 1);
        var runs = new (int, bool)[last - first + 1];
        for (int i = first; i <= last; i++) runs[i - first] = (Math.Min(_runs[i].End, end) - start, _runs[i].Trusted);
        return new TemplateText(Text[start..end], runs);
    }

    /// <summary>Text of the same length. Each character keeps its origin.</summary>
    public TemplateText Map(Func<string, string> map)
    {
        string mapped = map(Text);
        return mapped.Length == Text.Length
            ? new TemplateText(mapped, _runs)
            : throw new InvalidOperationException("A mapped text has another length.");
    }

    /// <summary>The start of each character. As in Python, a surrogate pair counts once.</summary>
    public int[] CharacterStarts()
    {
        var starts = new List<int>(Text.Length);
        for (int i = 0; i < Text.Length;)
        {
            starts.Add(i);
            Rune.DecodeFromUtf16(Text.AsSpan(i), out _, out int width);
            i += width;
        }

        return [.. starts];
    }

    public TemplateText Trim(string? characters, bool atStart = true, bool atEnd = true)
    {
        ReadOnlySpan<char> text = Text;
        int start = 0, end = text.Length;
        while (atStart && start < end && IsTrimmed(text[start..end], characters, atEnd: false, out int width))
            start += width;
        while (atEnd && start < end && IsTrimmed(text[start..end], characters, atEnd: true, out int width))
            end -= width;
        return Slice(start, end);
    }

    private static bool IsTrimmed(ReadOnlySpan<char> text, string? characters, bool atEnd, out int width)
    {
        if (atEnd) Rune.DecodeLastFromUtf16(text, out _, out width);
        else Rune.DecodeFromUtf16(text, out _, out width);
        ReadOnlySpan<char> character = atEnd ? text[^width..] : text[..width];
        return characters is null ? TextWhitespace.Contains(character[0]) : characters.AsSpan().IndexOf(character) >= 0;
    }

    private int RunAt(int index)
    {
        int low = 0, high = _runs.Length - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_runs[middle].End > index) high = middle;
            else low = middle + 1;
        }

        return low;
    }
}
