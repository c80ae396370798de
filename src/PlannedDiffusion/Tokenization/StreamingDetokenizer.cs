using System.Text;

namespace PlannedDiffusion.Tokenization;

/// <summary>
/// Turns ids into text as they come. It never gives an incomplete character: its bytes are held back until the last one
/// arrives. All pieces and the flush together equal the result of <see cref="Tokenizer.Decode"/>. For one stream at a
/// time.
/// </summary>
internal sealed class StreamingDetokenizer
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecial;
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private char[] _text = new char[256];

    /// <summary>A detokenizer at the start of a text.</summary>
    /// <param name="tokenizer">The vocabulary of the ids.</param>
    /// <param name="skipSpecial">Leaves special tokens out.</param>
    public StreamingDetokenizer(Tokenizer tokenizer, bool skipSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _tokenizer = tokenizer;
        _skipSpecial = skipSpecial;
    }

    /// <summary>The text that this id completes; often empty.</summary>
    public string Append(int id) => Append([id]);

    /// <summary>The text that these ids complete.</summary>
    public string Append(ReadOnlySpan<int> ids)
    {
        int length = 0;
        foreach (int id in ids) length += Decode(_tokenizer.BytesOf(id, _skipSpecial), length, flush: false);
        return new string(_text, 0, length);
    }

    /// <summary>Ends the text: an unfinished character becomes U+FFFD. The next id starts a new text.</summary>
    public string Flush() => new(_text, 0, Decode([], 0, flush: true));

    private int Decode(ReadOnlySpan<byte> bytes, int length, bool flush)
    {
        // A byte gives at most one character; the bytes held back give at most one together.
        int room = checked(length + bytes.Length + 4);
        if (_text.Length < room) Array.Resize(ref _text, (int)Math.Clamp(2L * _text.Length, room, Array.MaxLength));
        return _decoder.GetChars(bytes, _text.AsSpan(length), flush);
    }
}
