using System.Text;

namespace PlannedDiffusion.Engine;

/// <summary>
/// Makes the text of an answer from its ids, part after part, in the order of the tokens. Text that was taken never
/// changes. There is no flush: text that is held back at the end does not belong to the answer.
/// <list type="bullet">
/// <item>Tokens that are not text vanish (<see cref="AnswerTokens.IsText"/>). Promises of a plan vanish with their
/// topics; a promise without an end vanishes up to the end of its plan.</item>
/// <item>The text is trimmed at both ends: white space is held back until text follows it.</item>
/// <item>At the start of a span, of a plan and of the text after a promise, words are separated by the existing white
/// space, else by a blank. Blanks on both sides count once. A span that begins with a digit starts a line, because it
/// is an item of a numbered list. Everything else stays as the model wrote it, with its indentation.</item>
/// <item>An incomplete character at the end of a part is dropped. Other bytes that are not UTF-8 become U+FFFD, as in
/// <see cref="Tokenization.Tokenizer.Decode"/>.</item>
/// </list>
/// For one answer, and one thread at a time.
/// </summary>
internal sealed class AnswerText(AnswerTokens tokens)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _text = new(); // not taken yet
    private readonly StringBuilder _blanks = new(); // white space after it; text once more follows
    private char[] _characters = new char[64];
    private AnswerPart _part;
    private bool _inPromise, _ended;
    private bool _begun; // text other than white space has come
    private bool _apart; // the next word is separated from the last one
    private bool _skipsBlanks; // the last word already has its blank
    private bool _spanBegins;

    /// <summary>The text of a single part.</summary>
    public static string Of(AnswerTokens tokens, AnswerPart part, ReadOnlySpan<int> ids)
    {
        var text = new AnswerText(tokens);
        text.Begin(part);
        text.Append(ids);
        return text.Take();
    }

    /// <summary>Ends the last part and begins another.</summary>
    public void Begin(AnswerPart part)
    {
        Separate();
        _part = part;
        _inPromise = _ended = false;
        _spanBegins = part == AnswerPart.Span;
    }

    /// <summary>Adds the next tokens of the part.</summary>
    public void Append(ReadOnlySpan<int> ids)
    {
        foreach (int id in ids) Append(id);
    }

    /// <summary>Takes the text that has settled since the last call; often empty.</summary>
    public string Take()
    {
        string text = _text.ToString();
        _text.Clear();
        return text;
    }

    private void Append(int id)
    {
        _ended |= tokens.EndsText(id, _part);
        if (_ended) return;
        if (_part == AnswerPart.Plan && id == tokens.PromiseStart)
        {
            Separate();
            _inPromise = true;
        }
        else if (id == tokens.PromiseEnd)
        {
            _inPromise = false;
        }
        else if (!_inPromise && tokens.IsText(id, _part))
        {
            Decode(tokens.Tokenizer.BytesOf(id, skipSpecial: false));
        }
    }

    /// <summary>Separates the next tokens: they belong to another word and another character.</summary>
    private void Separate()
    {
        _decoder.Reset();
        _apart = true;
        _skipsBlanks = _blanks.Length > 0 && IsBlank(_blanks[^1]);
        _spanBegins = false;
    }

    private void Decode(ReadOnlySpan<byte> bytes)
    {
        int room = bytes.Length + 4; // a byte gives at most one character, held bytes one together
        if (_characters.Length < room) _characters = new char[Math.Max(room, 2 * _characters.Length)];
        int count = _decoder.GetChars(bytes, _characters, flush: false);
        ReadOnlySpan<char> characters = _characters.AsSpan(0, count);
        while (!characters.IsEmpty)
        {
            _ = Rune.DecodeFromUtf16(characters, out Rune rune, out int length);
            if (Rune.IsWhiteSpace(rune)) AddBlank((char)rune.Value);
            else AddLetter(rune, characters[..length]);
            characters = characters[length..];
        }
    }

    private void AddBlank(char blank)
    {
        _spanBegins = false;
        if (!_begun || (_skipsBlanks && IsBlank(blank))) return;
        _skipsBlanks = false;
        _blanks.Append(blank);
    }

    private void AddLetter(Rune letter, ReadOnlySpan<char> characters)
    {
        if (_begun && _spanBegins && Rune.IsDigit(letter)) EndLine();
        else if (_begun && _apart && _blanks.Length == 0) _blanks.Append(' ');
        _text.Append(_blanks).Append(characters);
        _blanks.Clear();
        _begun = true;
        _apart = _skipsBlanks = _spanBegins = false;
    }

    private void EndLine()
    {
        while (_blanks.Length > 0 && IsBlank(_blanks[^1])) _blanks.Length--;
        if (_blanks.Length == 0 || _blanks[^1] != '\n') _blanks.Append('\n');
    }

    private static bool IsBlank(char c) => c is ' ' or '\t';
}
