namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>Reads expressions with the precedence of Jinja.</summary>
internal sealed class ExpressionParser
{
    private readonly TokenReader _tokens;
    private readonly OperandParser _operands;

    public ExpressionParser(TokenReader tokens)
    {
        _tokens = tokens;
        _operands = new OperandParser(tokens, this);
    }

    public TemplateExpression Read()
    {
        _tokens.Enter();
        TemplateExpression value = ReadOr();
        while (_tokens.IsName("if"))
        {
            int line = _tokens.Read().Line;
            TemplateExpression condition = ReadOr();
            TemplateExpression? otherwise = _tokens.TryReadName("else") ? Read() : null;
            value = new ConditionalExpression(condition, value, otherwise, line);
        }

        _tokens.Leave();
        return value;
    }

    /// <summary>An expression without a condition: an <c>if</c> after it belongs to the statement around it.</summary>
    public TemplateExpression ReadWithoutCondition()
    {
        _tokens.Enter();
        TemplateExpression value = ReadOr();
        _tokens.Leave();
        return value;
    }

    /// <summary>One expression, or several separated by commas, as a list.</summary>
    public TemplateExpression ReadTuple()
    {
        TemplateExpression first = Read();
        if (!_tokens.IsSymbol(",")) return first;
        var items = new List<TemplateExpression> { first };
        while (_tokens.TryReadSymbol(","))
        {
            if (_tokens.Current.Kind == TemplateTokenKind.StatementEnd || _tokens.IsSymbol(")")) break;
            items.Add(Read());
        }

        return new ListExpression(items, first.Line);
    }

    private TemplateExpression ReadOr()
    {
        TemplateExpression left = ReadAnd();
        while (_tokens.IsName("or")) left = new LogicalExpression(false, left, After(ReadAnd), left.Line);
        return left;
    }

    private TemplateExpression ReadAnd()
    {
        TemplateExpression left = ReadNot();
        while (_tokens.IsName("and")) left = new LogicalExpression(true, left, After(ReadNot), left.Line);
        return left;
    }

    private TemplateExpression ReadNot()
    {
        if (!_tokens.IsName("not")) return ReadComparison();
        int line = _tokens.Read().Line;
        _tokens.Enter();
        var result = new NotExpression(ReadNot(), line);
        _tokens.Leave();
        return result;
    }

    private TemplateExpression ReadComparison()
    {
        TemplateExpression first = ReadSum();
        var rest = new List<(string, TemplateExpression)>();
        while (TryReadComparison(out string comparison)) rest.Add((comparison, ReadSum()));
        return rest.Count == 0 ? first : new ComparisonExpression(first, rest, first.Line);
    }

    private bool TryReadComparison(out string comparison)
    {
        comparison = _tokens.Current.Value;
        if (_tokens.Current.Kind == TemplateTokenKind.Symbol
            && comparison is "==" or "!=" or "<" or "<=" or ">" or ">=")
        {
            _tokens.Read();
            return true;
        }

        if (_tokens.TryReadName("in")) return true;
        if (!_tokens.IsName("not") || !_tokens.Next.Is(TemplateTokenKind.Name, "in")) return false;
        _tokens.Read();
        _tokens.Read();
        comparison = "not in";
        return true;
    }

    private TemplateExpression ReadSum()
    {
        TemplateExpression left = ReadConcatenation();
        while (_tokens.IsSymbol("+") || _tokens.IsSymbol("-"))
            left = new ArithmeticExpression(_tokens.Current.Value, left, After(ReadConcatenation), left.Line);
        return left;
    }

    private TemplateExpression ReadConcatenation()
    {
        TemplateExpression first = ReadProduct();
        if (!_tokens.IsSymbol("~")) return first;
        var parts = new List<TemplateExpression> { first };
        while (_tokens.TryReadSymbol("~")) parts.Add(ReadProduct());
        return new ConcatenationExpression(parts, first.Line);
    }

    private TemplateExpression ReadProduct()
    {
        TemplateExpression left = ReadUnary();
        while (_tokens.Current is { Kind: TemplateTokenKind.Symbol, Value: "*" or "//" or "%" or "/" or "**" })
        {
            if (_tokens.IsSymbol("/") || _tokens.IsSymbol("**"))
                throw new TemplateException($"the operator {_tokens.Current.Value} is not supported", _tokens.Line);
            left = new ArithmeticExpression(_tokens.Current.Value, left, After(ReadUnary), left.Line);
        }

        return left;
    }

    private TemplateExpression ReadUnary() => ReadFilters(ReadSigned());

    private TemplateExpression ReadSigned()
    {
        if (!_tokens.IsSymbol("-") && !_tokens.IsSymbol("+")) return ReadPostfix(_operands.Read());
        TemplateToken sign = _tokens.Read();
        _tokens.Enter();
        TemplateExpression operand = ReadSigned();
        _tokens.Leave();
        return sign.Value == "-" ? new NegativeExpression(operand, sign.Line) : operand;
    }

    private TemplateExpression ReadPostfix(TemplateExpression value)
    {
        while (true)
        {
            int line = _tokens.Line;
            if (_tokens.TryReadSymbol(".")) value = ReadMember(value, line);
            else if (_tokens.TryReadSymbol("[")) value = ReadIndex(value, line);
            else if (_tokens.IsSymbol("(")) value = new CallExpression(value, ReadArguments(), line);
            else return value;
        }
    }

    private TemplateExpression ReadMember(TemplateExpression target, int line)
    {
        if (_tokens.Current.Kind == TemplateTokenKind.Integer)
            return new IndexExpression(target, _operands.Read(), line);
        return new MemberExpression(target, _tokens.ReadAnyName(), line);
    }

    private TemplateExpression ReadIndex(TemplateExpression target, int line)
    {
        TemplateExpression? start = _tokens.IsSymbol(":") ? null : Read();
        if (start is not null && _tokens.TryReadSymbol("]")) return new IndexExpression(target, start, line);
        _tokens.ReadSymbol(":");
        TemplateExpression? stop = _tokens.IsSymbol(":") || _tokens.IsSymbol("]") ? null : Read();
        TemplateExpression? step = _tokens.TryReadSymbol(":") && !_tokens.IsSymbol("]") ? Read() : null;
        _tokens.ReadSymbol("]");
        return new SliceExpression(target, start, stop, step, line);
    }

    private ArgumentExpressions ReadArguments()
    {
        _tokens.ReadSymbol("(");
        var positional = new List<TemplateExpression>();
        var named = new List<(string, TemplateExpression)>();
        while (!_tokens.TryReadSymbol(")"))
        {
            if (positional.Count + named.Count > 0)
            {
                _tokens.ReadSymbol(",");
                if (_tokens.TryReadSymbol(")")) break;
            }

            if (_tokens.Next.Is(TemplateTokenKind.Symbol, "=") && _tokens.Current.Kind == TemplateTokenKind.Name)
            {
                string name = _tokens.ReadAnyName();
                _tokens.ReadSymbol("=");
                if (named.Exists(argument => argument.Item1 == name))
                    throw new TemplateException($"the argument {name} appears twice", _tokens.Line);
                named.Add((name, Read()));
            }
            else if (named.Count == 0) positional.Add(Read());
            else throw _tokens.Unexpected("a named argument");
        }

        return new ArgumentExpressions(positional, named);
    }

    private TemplateExpression ReadFilters(TemplateExpression value)
    {
        while (true)
        {
            int line = _tokens.Line;
            if (_tokens.TryReadSymbol("|"))
            {
                string name = _tokens.ReadAnyName();
                if (!TemplateFilters.Contains(name))
                    throw new TemplateException($"the filter {name} is not supported", line);
                ArgumentExpressions arguments = _tokens.IsSymbol("(") ? ReadArguments() : ArgumentExpressions.None;
                value = new FilterExpression(value, name, arguments, line);
            }
            else if (_tokens.TryReadName("is")) value = ReadTest(value, line);
            else if (_tokens.IsSymbol("(")) value = new CallExpression(value, ReadArguments(), line);
            else return value;
        }
    }

    private TemplateExpression ReadTest(TemplateExpression value, int line)
    {
        bool isNegated = _tokens.TryReadName("not");
        string name = _tokens.ReadAnyName();
        if (!TemplateTests.Contains(name)) throw new TemplateException($"the test {name} is not supported", line);
        ArgumentExpressions arguments = _tokens.IsSymbol("(") ? ReadArguments()
            : StartsArgument(_tokens.Current) ? new ArgumentExpressions([ReadPostfix(_operands.Read())], [])
            : ArgumentExpressions.None;
        var test = new TestExpression(value, name, arguments, line);
        return isNegated ? new NotExpression(test, line) : test;
    }

    private static bool StartsArgument(TemplateToken token) => token.Kind switch
    {
        TemplateTokenKind.Name => token.Value is not ("else" or "or" or "and" or "is" or "if" or "in" or "not"),
        TemplateTokenKind.String or TemplateTokenKind.Integer => true,
        TemplateTokenKind.Symbol => token.Value is "[" or "{",
        _ => false,
    };

    // The operand after the current operator.
    private TemplateExpression After(Func<TemplateExpression> read)
    {
        _tokens.Read();
        return read();
    }
}
