using System.Text;
using Tokenizer = PlannedDiffusion.Tokenization.Tokenizer;

namespace PlannedDiffusion.Extensions.AI;

/// <summary>
/// Where tokens begin and end in the text that they encode. A token may end within a character, since it stands for
/// bytes.
/// </summary>
internal sealed class TokenBoundaries
{
    private readonly int[] _ends; // [tokens + 1], characters that are complete before a token
    private readonly bool[] _whole; // [tokens + 1], nothing of the next character came before the token
    private readonly string _text;

    public TokenBoundaries(Tokenizer tokenizer, string text, ReadOnlySpan<int> ids)
    {
        _text = text;
        _ends = new int[ids.Length + 1];
        _whole = new bool[ids.Length + 1];
        _whole[0] = true;
        int at = 0, left = 0; // characters before, and bytes to come of the one under way
        for (int i = 0; i < ids.Length; i++)
        {
            for (int bytes = tokenizer.BytesOf(ids[i]).Length; bytes > 0;)
            {
                int width = WidthAt(at, out int length);
                if (left == 0) left = length;
                int taken = Math.Min(bytes, left);
                bytes -= taken;
                left -= taken;
                if (left == 0) at += width;
            }

            _ends[i + 1] = at;
            _whole[i + 1] = left == 0;
        }
    }

    /// <summary>The number of tokens.</summary>
    public int Count => _ends.Length - 1;

    /// <summary>True if a token begins and ends with a character.</summary>
    public bool IsWhole(int token) => _whole[token] && _whole[token + 1];

    /// <summary>The characters that a token has a part of.</summary>
    public Range Of(int token)
    {
        int end = _ends[token + 1];
        return new Range(_ends[token], _whole[token + 1] ? end : end + WidthAt(end, out _));
    }

    /// <summary>The most of the first tokens, up to a number, that end with a character; and where.</summary>
    public (int Tokens, int Index) First(int most)
    {
        int tokens = Math.Min(most, Count);
        while (!_whole[tokens]) tokens--;
        return (tokens, _ends[tokens]);
    }

    /// <summary>The most of the last tokens, up to a number, that begin with a character; and where.</summary>
    public (int Tokens, int Index) Last(int most)
    {
        int first = Math.Max(0, Count - most);
        while (!_whole[first]) first++;
        return (Count - first, _ends[first]);
    }

    /// <summary>The units of UTF-16 of a character. A lone surrogate is one, with the bytes of U+FFFD.</summary>
    private int WidthAt(int index, out int bytes)
    {
        Rune.DecodeFromUtf16(_text.AsSpan(index), out Rune rune, out int width);
        bytes = rune.Utf8SequenceLength;
        return width;
    }
}
