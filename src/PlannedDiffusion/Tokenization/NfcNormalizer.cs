using System.Text;

namespace PlannedDiffusion.Tokenization;

/// <summary>
/// Normalization Form C. Only stretches of characters that may change or combine are decomposed, ordered and composed,
/// each with the settled character before it. Other text is copied; text without such a stretch is returned unchanged.
/// An instance keeps working memory and serves one caller at a time.
/// </summary>
internal sealed class NfcNormalizer
{
    // Every character below this is settled.
    private const char FirstCombining = '\u0300';

    // An entry of a stretch has class, place and character, in this order, so that a sort orders marks canonically.
    private const int ClassShift = 53, PlaceShift = 21, CodeMask = (1 << PlaceShift) - 1;

    private readonly CanonicalData _data = CanonicalData.Instance;
    private long[] _stretch = [];
    private int _count;
    private char[] _text = [];
    private int _length;

    /// <summary>The entries that fit into the working memory.</summary>
    public int Capacity => Math.Max(_text.Length, _stretch.Length);

    /// <summary>The text in Form C: itself, or a span that is valid until the next call.</summary>
    public ReadOnlySpan<char> Normalize(ReadOnlySpan<char> text)
    {
        _length = 0;
        int copied = 0;
        while (FindStretch(text, copied, out int start, out int end))
        {
            Append(text[copied..start]);
            Decompose(text[start..end]);
            Order();
            Compose();
            AppendStretch();
            copied = end;
        }

        if (copied == 0) return text;
        Append(text[copied..]);
        return _text.AsSpan(0, _length);
    }

    // Finds the next unsettled characters. The stretch begins at the settled character before them.
    private bool FindStretch(ReadOnlySpan<char> text, int from, out int start, out int end)
    {
        start = end = from;
        while (end < text.Length)
        {
            if (text[end] < FirstCombining)
            {
                start = end++;
                continue;
            }

            if (!_data.IsSettled(CodeAt(text, end, out int width))) break;
            start = end;
            end += width;
        }

        if (end == text.Length) return false;
        while (end < text.Length && !_data.IsSettled(CodeAt(text, end, out int width))) end += width;
        return true;
    }

    private void Decompose(ReadOnlySpan<char> text)
    {
        Span<int> parts = stackalloc int[4];
        _count = 0;
        for (int i = 0; i < text.Length;)
        {
            int count = _data.Decompose(CodeAt(text, i, out int width), parts);
            if (_stretch.Length < _count + count)
                Array.Resize(ref _stretch, checked(Math.Max(64, 2 * _stretch.Length)));
            foreach (int code in parts[..count])
                _stretch[_count] = (long)_data.ClassOf(code) << ClassShift | (long)_count++ << PlaceShift | (uint)code;
            i += width;
        }
    }

    // Orders the marks between two characters of class 0 by class. Marks of one class keep their order.
    private void Order()
    {
        for (int i = 0; i < _count; i++)
        {
            int start = i;
            while (i < _count && ClassOf(_stretch[i]) != 0) i++;
            if (i - start > 1) _stretch.AsSpan(start, i - start).Sort();
        }
    }

    private void Compose()
    {
        int kept = 0, starter = -1, lastClass = -1; // class of the last mark kept behind the starter
        for (int i = 0; i < _count; i++)
        {
            long entry = _stretch[i];
            int composed = starter >= 0 && lastClass < ClassOf(entry)
                ? _data.Compose(CodeOf(_stretch[starter]), CodeOf(entry))
                : -1;
            if (composed >= 0)
            {
                _stretch[starter] = (uint)composed;
                continue;
            }

            bool starts = ClassOf(entry) == 0;
            lastClass = starts ? -1 : ClassOf(entry);
            if (starts) starter = kept;
            _stretch[kept++] = entry;
        }

        _count = kept;
    }

    private void AppendStretch()
    {
        Span<char> units = stackalloc char[2];
        foreach (long entry in _stretch.AsSpan(0, _count))
            Append(units[..new Rune(CodeOf(entry)).EncodeToUtf16(units)]);
    }

    private void Append(ReadOnlySpan<char> text)
    {
        if (_text.Length - _length < text.Length)
            Array.Resize(ref _text, checked(Math.Max(_length + text.Length, 2 * _text.Length)));
        text.CopyTo(_text.AsSpan(_length));
        _length += text.Length;
    }

    // A lone surrogate reads as U+FFFD.
    private static int CodeAt(ReadOnlySpan<char> text, int index, out int width)
    {
        width = 1;
        if (!char.IsSurrogate(text[index])) return text[index];
        Rune.DecodeFromUtf16(text[index..], out Rune rune, out width);
        return rune.Value;
    }

    private static int ClassOf(long entry) => (int)(entry >> ClassShift);

    private static int CodeOf(long entry) => (int)entry & CodeMask;
}
