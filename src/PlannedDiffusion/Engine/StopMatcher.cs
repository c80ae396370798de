using System.Text;

namespace PlannedDiffusion.Engine;

/// <summary>
/// Looks for strings that stop an answer in text that comes in pieces. Of several strings the one counts whose end
/// comes first, and of those that end there the longest. So the result does not depend on the pieces.
/// </summary>
internal sealed class StopMatcher(IReadOnlyList<string> stops)
{
    private readonly StringBuilder _held = new(); // may be the beginning of a stop string
    private readonly StringBuilder _text = new();

    /// <summary>True once a string was found. What follows it is dropped.</summary>
    public bool Found { get; private set; }

    /// <summary>The text without the string, and without what is held back.</summary>
    public string Text => _text.ToString();

    /// <summary>Takes more text; gives what cannot belong to a stop string any more.</summary>
    public string Take(string piece)
    {
        int before = _text.Length;
        foreach (char c in piece)
        {
            if (Found) break;
            _held.Append(c);
            string held = _held.ToString();
            string? stop = stops.Where(s => held.EndsWith(s, StringComparison.Ordinal)).MaxBy(s => s.Length);
            Found = stop is not null;
            int kept = stop?.Length ?? Beginning(held);
            _text.Append(held, 0, held.Length - kept);
            _held.Remove(0, held.Length - kept);
        }

        return _text.ToString(before, _text.Length - before);
    }

    /// <summary>The answer is over: what was held back belongs to it, unless a string was found.</summary>
    public string End()
    {
        string rest = Found ? "" : _held.ToString();
        _held.Clear();
        _text.Append(rest);
        return rest;
    }

    /// <summary>Characters at the end of the text with which a stop string begins; the most of them.</summary>
    private int Beginning(string held)
    {
        int length = held.Length;
        while (!stops.Any(s => s.AsSpan().StartsWith(held.AsSpan(held.Length - length)))) length--;
        return length;
    }
}
