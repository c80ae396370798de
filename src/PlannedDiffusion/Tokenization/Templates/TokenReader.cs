namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>Reads the tokens of a template in order.</summary>
internal sealed class TokenReader(IReadOnlyList<TemplateToken> tokens)
{
    private const int DeepestNesting = 60;

    private int _position;
    private int _depth;

    public TemplateToken Current => tokens[_position];

    public TemplateToken Next => tokens[Math.Min(_position + 1, tokens.Count - 1)];

    public int Line => Current.Line;

    public TemplateToken Read() => tokens[_position == tokens.Count - 1 ? _position : _position++];

    public bool IsSymbol(string symbol) => Current.Is(TemplateTokenKind.Symbol, symbol);

    public bool IsName(string name) => Current.Is(TemplateTokenKind.Name, name);

    public bool TryReadSymbol(string symbol) => TryRead(IsSymbol(symbol));

    public bool TryReadName(string name) => TryRead(IsName(name));

    public void ReadSymbol(string symbol)
    {
        if (!TryReadSymbol(symbol)) throw Unexpected(symbol);
    }

    public string ReadAnyName() =>
        Current.Kind == TemplateTokenKind.Name ? Read().Value : throw Unexpected("a name");

    public void ReadName(string name)
    {
        if (!TryReadName(name)) throw Unexpected(name);
    }

    public void Read(TemplateTokenKind kind)
    {
        if (!TryRead(Current.Kind == kind)) throw Unexpected(new TemplateToken(kind, "", 0).Described);
    }

    /// <summary>Begins a part that may contain others of its kind. <see cref="Leave"/> ends it.</summary>
    public void Enter()
    {
        if (++_depth > DeepestNesting)
            throw new TemplateException($"the template is nested more than {DeepestNesting} deep", Line);
    }

    public void Leave() => _depth--;

    public TemplateException Unexpected(string expected) =>
        new($"{Current.Described} stands where {expected} is expected", Line);

    private bool TryRead(bool matches)
    {
        if (matches) Read();
        return matches;
    }
}
