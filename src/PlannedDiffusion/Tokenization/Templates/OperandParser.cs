using System.Globalization;
using System.Text;

namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>Reads the operands of operators: values, names, lists, mappings, parentheses.</summary>
internal sealed class OperandParser(TokenReader tokens, ExpressionParser expressions)
{
    public TemplateExpression Read()
    {
        TemplateToken token = tokens.Current;
        switch (token.Kind)
        {
            case TemplateTokenKind.String:
                return new LiteralExpression(TemplateText.Own(ReadStrings()), token.Line);
            case TemplateTokenKind.Integer:
                tokens.Read();
                return long.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                    ? new LiteralExpression(new NumberValue(number), token.Line)
                    : throw new TemplateException($"a number of {token.Value.Length} digits is too large", token.Line);
            case TemplateTokenKind.Name:
                tokens.Read();
                return ReadNamed(token);
            case TemplateTokenKind.Symbol when token.Value == "(":
                return ReadParentheses();
            case TemplateTokenKind.Symbol when token.Value == "[":
                return ReadList();
            case TemplateTokenKind.Symbol when token.Value == "{":
                return ReadMapping();
            default:
                throw tokens.Unexpected("a value");
        }
    }

    private static TemplateExpression ReadNamed(TemplateToken token) => token.Value switch
    {
        "true" or "True" => new LiteralExpression(BooleanValue.True, token.Line),
        "false" or "False" => new LiteralExpression(BooleanValue.False, token.Line),
        "none" or "None" => new LiteralExpression(NoneValue.Instance, token.Line),
        "strftime_now" => throw new TemplateException(
            "strftime_now is not supported: it reads the clock, and a prompt must not change with the day", token.Line),
        "and" or "or" or "in" or "is" or "if" or "else" or "not" =>
            throw new TemplateException($"{token.Value} stands where a value is expected", token.Line),
        _ => new NameExpression(token.Value, token.Line),
    };

    // Adjacent strings are joined.
    private string ReadStrings()
    {
        string first = tokens.Read().Value;
        if (tokens.Current.Kind != TemplateTokenKind.String) return first;
        var text = new StringBuilder(first);
        while (tokens.Current.Kind == TemplateTokenKind.String) text.Append(tokens.Read().Value);
        return text.ToString();
    }

    private TemplateExpression ReadParentheses()
    {
        int line = tokens.Read().Line;
        if (tokens.TryReadSymbol(")")) return new ListExpression([], line);
        TemplateExpression value = expressions.ReadTuple();
        tokens.ReadSymbol(")");
        return value;
    }

    private ListExpression ReadList()
    {
        int line = tokens.Read().Line;
        var items = new List<TemplateExpression>();
        while (!tokens.TryReadSymbol("]"))
        {
            if (items.Count > 0)
            {
                tokens.ReadSymbol(",");
                if (tokens.TryReadSymbol("]")) break;
            }

            items.Add(expressions.Read());
        }

        return new ListExpression(items, line);
    }

    private MappingExpression ReadMapping()
    {
        int line = tokens.Read().Line;
        var entries = new List<(TemplateExpression, TemplateExpression)>();
        while (!tokens.TryReadSymbol("}"))
        {
            if (entries.Count > 0)
            {
                tokens.ReadSymbol(",");
                if (tokens.TryReadSymbol("}")) break;
            }

            TemplateExpression key = expressions.Read();
            tokens.ReadSymbol(":");
            entries.Add((key, expressions.Read()));
        }

        return new MappingExpression(entries, line);
    }
}
