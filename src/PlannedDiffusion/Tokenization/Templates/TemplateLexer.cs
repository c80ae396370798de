using System.Globalization;
using System.Text;
using PlannedDiffusion.Files;

namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>
/// Splits a template into tokens as Jinja does with <c>trim_blocks</c> and <c>lstrip_blocks</c>. The line end after a
/// statement or comment is dropped, and so are blanks before one that starts its line. <c>-</c> drops all white space
/// on its side, <c>+</c> keeps it.
/// </summary>
internal sealed class TemplateLexer
{
    private const int LongestName = 100;

    private static readonly string[] Symbols =
    [
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=",
        ".", ":", "|", ",",
    ];

    private readonly string _source;
    private readonly List<TemplateToken> _tokens = [];
    private int _position;
    private int _line = 1;
    private bool _atLineStart = true;

    private TemplateLexer(string source) => _source = source;

    /// <summary>The tokens of a template; the last one is its end.</summary>
    public static List<TemplateToken> Tokenize(string source)
    {
        source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        if (source.EndsWith('\n')) source = source[..^1];
        var lexer = new TemplateLexer(source);
        while (lexer._position < source.Length) lexer.ReadTextAndTag();
        lexer.Add(TemplateTokenKind.End, "");
        return lexer._tokens;
    }

    private char Current => _position < _source.Length ? _source[_position] : '\0';

    private void ReadTextAndTag()
    {
        int tag = FindTag(_position);
        ReadOnlySpan<char> text = _source.AsSpan(_position..tag);
        char kind = tag < _source.Length ? _source[tag + 1] : '\0';
        char sign = tag + 2 < _source.Length ? _source[tag + 2] : '\0';
        ReadOnlySpan<char> kept = tag == _source.Length ? text
            : sign == '-' ? TextWhitespace.TrimEnd(text)
            : sign != '+' && kind != '{' ? WithoutIndentation(text)
            : text;
        if (!kept.IsEmpty) Add(TemplateTokenKind.Text, kept.ToString());
        Advance(tag - _position);
        if (tag == _source.Length) return;
        int start = _line;
        Advance(sign is '-' or '+' ? 3 : 2);
        if (kind == '#') SkipComment(start);
        else ReadTag(kind == '{', start);
        _atLineStart = _source[_position - 1] == '\n';
    }

    private int FindTag(int from)
    {
        for (int i = from; i < _source.Length - 1; i++)
        {
            if (_source[i] == '{' && _source[i + 1] is '{' or '%' or '#') return i;
        }

        return _source.Length;
    }

    private ReadOnlySpan<char> WithoutIndentation(ReadOnlySpan<char> text)
    {
        int line = text.LastIndexOf('\n') + 1;
        bool startsLine = line > 0 || _atLineStart;
        return startsLine && TextWhitespace.TrimEnd(text[line..]).IsEmpty ? text[..line] : text;
    }

    private void SkipComment(int start)
    {
        int end = _source.IndexOf("#}", _position, StringComparison.Ordinal);
        if (end < 0) throw new TemplateException("the comment has no end", start);
        char sign = end > _position ? _source[end - 1] : '\0';
        Advance(end + 2 - _position);
        SkipAfterTag(sign, takesLineEnd: true);
    }

    private void ReadTag(bool isOutput, int start)
    {
        Add(isOutput ? TemplateTokenKind.OutputStart : TemplateTokenKind.StatementStart, "");
        string end = isOutput ? "}}" : "%}";
        int open = 0; // open braces and brackets, within which }} does not end the tag
        while (true)
        {
            SkipWhitespace();
            if (_position == _source.Length)
                throw new TemplateException($"{(isOutput ? "{{" : "{%")} has no {end}", start);
            if (open == 0 && TryReadEnd(end, isOutput)) return;
            open += ReadWord();
        }
    }

    private bool TryReadEnd(string end, bool isOutput)
    {
        char sign = Current == '-' || (Current == '+' && !isOutput) ? Current : '\0';
        int at = sign == '\0' ? _position : _position + 1;
        if (string.CompareOrdinal(_source, at, end, 0, 2) != 0) return false;
        Add(isOutput ? TemplateTokenKind.OutputEnd : TemplateTokenKind.StatementEnd, "");
        Advance(at + 2 - _position);
        SkipAfterTag(sign, takesLineEnd: !isOutput);
        return true;
    }

    private void SkipAfterTag(char sign, bool takesLineEnd)
    {
        if (sign == '-') SkipWhitespace();
        else if (sign != '+' && takesLineEnd && Current == '\n') Advance(1);
    }

    // Returns the change of the nesting of braces and brackets.
    private int ReadWord()
    {
        char c = Current;
        if (c is '\'' or '"') ReadString();
        else if (char.IsAsciiDigit(c)) ReadInteger();
        else if (char.IsAsciiLetter(c) || c == '_') ReadName();
        else
        {
            string symbol = Array.Find(Symbols, s => string.CompareOrdinal(_source, _position, s, 0, s.Length) == 0)
                ?? throw new TemplateException($"unexpected {MessageText.Quote(c.ToString())}", _line);
            Add(TemplateTokenKind.Symbol, symbol);
            Advance(symbol.Length);
            return symbol is "(" or "[" or "{" ? 1 : symbol is ")" or "]" or "}" ? -1 : 0;
        }

        return 0;
    }

    private void ReadName()
    {
        int end = _position;
        while (end < _source.Length && (char.IsAsciiLetterOrDigit(_source[end]) || _source[end] == '_')) end++;
        if (end - _position > LongestName)
            throw new TemplateException($"a name has {end - _position} characters, more than {LongestName}", _line);
        Add(TemplateTokenKind.Name, _source[_position..end]);
        Advance(end - _position);
    }

    private void ReadInteger()
    {
        int end = _position;
        while (end < _source.Length && (char.IsAsciiDigit(_source[end]) || _source[end] == '_')) end++;
        bool isMember = _tokens[^1].Is(TemplateTokenKind.Symbol, ".");
        bool isFraction = !isMember && end + 1 < _source.Length && _source[end] == '.'
            && char.IsAsciiDigit(_source[end + 1]);
        if (isFraction || (end < _source.Length && _source[end] is 'e' or 'E'))
            throw new TemplateException("numbers with a fraction are not supported", _line);
        Add(TemplateTokenKind.Integer, _source[_position..end].Replace("_", "", StringComparison.Ordinal));
        Advance(end - _position);
    }

    private void ReadString()
    {
        int line = _line;
        char quote = Current;
        int end = _position + 1;
        while (end < _source.Length && _source[end] != quote) end += _source[end] == '\\' ? 2 : 1;
        if (end >= _source.Length) throw new TemplateException($"the string has no closing {quote}", line);
        string value = Unescape(_source.AsSpan(_position + 1, end - _position - 1), line);
        Add(TemplateTokenKind.String, value);
        Advance(end + 1 - _position);
    }

    // Python's escapes. A backslash before any other character stays.
    private static string Unescape(ReadOnlySpan<char> text, int line)
    {
        if (!text.Contains('\\')) return text.ToString();
        var result = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                result.Append(text[i]);
                continue;
            }

            char escape = text[++i];
            int named = "ntrabfv0\\'\"\n".IndexOf(escape, StringComparison.Ordinal);
            int digits = escape switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
            if (digits > 0)
            {
                result.Append(CodePoint(text[(i + 1)..], digits, line));
                i += digits;
            }
            else if (escape == 'N' || (char.IsAsciiDigit(escape) && (escape != '0' || IsDigitAt(text, i + 1))))
                throw new TemplateException($"the escape \\{escape} is not supported", line);
            else if (named >= 0) result.Append("\n\t\r\a\b\f\v\0\\'\"".AsSpan(named, named < 11 ? 1 : 0));
            else result.Append('\\').Append(escape);
        }

        return result.ToString();
    }

    private static bool IsDigitAt(ReadOnlySpan<char> text, int index) =>
        index < text.Length && char.IsAsciiDigit(text[index]);

    private static string CodePoint(ReadOnlySpan<char> text, int digits, int line) =>
        text.Length >= digits
        && uint.TryParse(text[..digits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value)
        && Rune.TryCreate(value, out Rune rune)
            ? rune.ToString()
            : throw new TemplateException($"an escape is not a character of {digits} hexadecimal digits", line);

    private void SkipWhitespace()
    {
        while (_position < _source.Length && TextWhitespace.Contains(_source[_position])) Advance(1);
    }

    private void Advance(int count)
    {
        _line += _source.AsSpan(_position, count).Count('\n');
        _position += count;
    }

    private void Add(TemplateTokenKind kind, string value) => _tokens.Add(new TemplateToken(kind, value, _line));
}
