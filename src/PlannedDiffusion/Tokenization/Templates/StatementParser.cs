namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>
/// Reads the statements of a template. Unsupported features are refused by name, also in branches that no conversation
/// would take.
/// </summary>
internal sealed class StatementParser
{
    private readonly TokenReader _tokens;
    private readonly ExpressionParser _expressions;
    private int _loops;

    private StatementParser(TokenReader tokens)
    {
        _tokens = tokens;
        _expressions = new ExpressionParser(tokens);
    }

    /// <exception cref="TemplateException">The source is not a template that the engine knows.</exception>
    public static IReadOnlyList<TemplateStatement> Parse(string source)
    {
        var parser = new StatementParser(new TokenReader(TemplateLexer.Tokenize(source)));
        IReadOnlyList<TemplateStatement> body = parser.ReadBody();
        if (parser._tokens.Current.Kind != TemplateTokenKind.End)
            throw new TemplateException($"{parser._tokens.Next.Value} has no opening statement", parser._tokens.Line);
        return body;
    }

    /// <summary>
    /// Reads up to a statement with one of these names, which ends or continues the statement around the body.
    /// </summary>
    private List<TemplateStatement> ReadBody(params ReadOnlySpan<string> ends)
    {
        _tokens.Enter();
        var body = new List<TemplateStatement>();
        int start = _tokens.Line;
        while (true)
        {
            TemplateToken token = _tokens.Current;
            if (token.Kind == TemplateTokenKind.End)
            {
                if (ends.Length > 0) throw new TemplateException($"{ends[^1]} is missing", start);
                break;
            }

            if (token.Kind == TemplateTokenKind.StatementStart && IsEnd(_tokens.Next, ends)) break;
            body.Add(ReadStatement());
        }

        _tokens.Leave();
        return body;
    }

    private static bool IsEnd(TemplateToken token, ReadOnlySpan<string> ends) =>
        token.Kind == TemplateTokenKind.Name
        && (ends.Length > 0
            ? ends.Contains(token.Value)
            : token.Value.StartsWith("end", StringComparison.Ordinal));

    private TemplateStatement ReadStatement()
    {
        TemplateToken token = _tokens.Read();
        switch (token.Kind)
        {
            case TemplateTokenKind.Text:
                return new TextStatement(TemplateText.Own(token.Value), token.Line);
            case TemplateTokenKind.OutputStart:
                TemplateExpression value = _expressions.Read();
                _tokens.Read(TemplateTokenKind.OutputEnd);
                return new OutputStatement(value, token.Line);
            default:
                return ReadTag(token.Line);
        }
    }

    private TemplateStatement ReadTag(int line)
    {
        string name = _tokens.ReadAnyName();
        return name switch
        {
            "if" => ReadIf(line),
            "for" => ReadFor(line),
            "set" => ReadSet(line),
            "macro" => ReadMacro(line),
            "generation" => new GenerationStatement(ReadWhole("endgeneration"), line),
            "break" when _loops > 0 => Ended(new BreakStatement(line)),
            "continue" when _loops > 0 => Ended(new ContinueStatement(line)),
            "break" or "continue" or "else" or "elif" =>
                throw new TemplateException($"{name} stands outside of its statement", line),
            _ => throw new TemplateException($"the statement {name} is not supported", line),
        };
    }

    private IfStatement ReadIf(int line)
    {
        var branches = new List<(TemplateExpression, IReadOnlyList<TemplateStatement>)>();
        IReadOnlyList<TemplateStatement> otherwise = [];
        do
        {
            TemplateExpression condition = _expressions.Read();
            _tokens.Read(TemplateTokenKind.StatementEnd);
            branches.Add((condition, ReadBody("elif", "else", "endif")));
            _tokens.Read(TemplateTokenKind.StatementStart);
        }
        while (_tokens.TryReadName("elif"));
        if (_tokens.TryReadName("else"))
        {
            otherwise = ReadWhole("endif");
            return new IfStatement(branches, otherwise, line);
        }

        _tokens.ReadName("endif");
        return Ended(new IfStatement(branches, otherwise, line));
    }

    private ForStatement ReadFor(int line)
    {
        List<string> variables = ReadVariables();
        _tokens.ReadName("in");
        TemplateExpression items = _expressions.ReadWithoutCondition();
        TemplateExpression? condition = _tokens.TryReadName("if") ? _expressions.Read() : null;
        if (_tokens.IsName("recursive")) throw new TemplateException("a recursive loop is not supported", line);
        _tokens.Read(TemplateTokenKind.StatementEnd);
        _loops++;
        List<TemplateStatement> body = ReadBody("else", "endfor");
        _loops--;
        _tokens.Read(TemplateTokenKind.StatementStart);
        if (_tokens.TryReadName("else"))
            return new ForStatement(variables, items, condition, body, ReadWhole("endfor"), line);
        _tokens.ReadName("endfor");
        return Ended(new ForStatement(variables, items, condition, body, [], line));
    }

    private TemplateStatement ReadSet(int line)
    {
        List<string> variables = ReadVariables();
        string? member = variables.Count == 1 && _tokens.TryReadSymbol(".") ? _tokens.ReadAnyName() : null;
        if (_tokens.TryReadSymbol("="))
            return Ended(new SetStatement(variables, member, _expressions.ReadTuple(), line));
        if (variables.Count > 1 || member is not null || _tokens.Current.Kind != TemplateTokenKind.StatementEnd)
            throw _tokens.Unexpected("=");
        return new SetTextStatement(variables[0], ReadWhole("endset"), line);
    }

    private MacroStatement ReadMacro(int line)
    {
        string name = _tokens.ReadAnyName();
        var parameters = new List<(string, TemplateExpression?)>();
        _tokens.ReadSymbol("(");
        while (!_tokens.TryReadSymbol(")"))
        {
            if (parameters.Count > 0) _tokens.ReadSymbol(",");
            string parameter = _tokens.ReadAnyName();
            parameters.Add((parameter, _tokens.TryReadSymbol("=") ? _expressions.Read() : null));
        }

        int loops = _loops;
        _loops = 0; // a loop around the macro is not around its calls
        List<TemplateStatement> body = ReadWhole("endmacro");
        _loops = loops;
        return new MacroStatement(name, parameters, body, line);
    }

    private List<string> ReadVariables()
    {
        bool inParentheses = _tokens.TryReadSymbol("(");
        var variables = new List<string> { _tokens.ReadAnyName() };
        while (_tokens.TryReadSymbol(",")) variables.Add(_tokens.ReadAnyName());
        if (inParentheses) _tokens.ReadSymbol(")");
        return variables;
    }

    // Reads from the end of the opening tag to the end of the closing one.
    private List<TemplateStatement> ReadWhole(string end)
    {
        _tokens.Read(TemplateTokenKind.StatementEnd);
        List<TemplateStatement> body = ReadBody(end);
        _tokens.Read(TemplateTokenKind.StatementStart);
        _tokens.ReadName(end);
        return Ended(body);
    }

    private T Ended<T>(T statement)
    {
        _tokens.Read(TemplateTokenKind.StatementEnd);
        return statement;
    }
}
