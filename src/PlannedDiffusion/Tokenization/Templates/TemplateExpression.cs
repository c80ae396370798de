namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>A part of a template that has a value.</summary>
internal abstract record TemplateExpression(int Line);

internal sealed record LiteralExpression(TemplateValue Value, int Line) : TemplateExpression(Line);

internal sealed record NameExpression(string Name, int Line) : TemplateExpression(Line);

internal sealed record ListExpression(IReadOnlyList<TemplateExpression> Items, int Line) : TemplateExpression(Line);

internal sealed record MappingExpression(
    IReadOnlyList<(TemplateExpression Key, TemplateExpression Value)> Entries, int Line) : TemplateExpression(Line);

internal sealed record NotExpression(TemplateExpression Operand, int Line) : TemplateExpression(Line);

internal sealed record NegativeExpression(TemplateExpression Operand, int Line) : TemplateExpression(Line);

/// <summary><c>and</c>, or else <c>or</c>: the value of the operand that decides.</summary>
internal sealed record LogicalExpression(bool IsAnd, TemplateExpression Left, TemplateExpression Right, int Line)
    : TemplateExpression(Line);

internal sealed record ArithmeticExpression(
    string Operator, TemplateExpression Left, TemplateExpression Right, int Line) : TemplateExpression(Line);

/// <summary><c>a &lt; b &lt;= c</c>: true if each comparison of two neighbours is true.</summary>
internal sealed record ComparisonExpression(
    TemplateExpression First, IReadOnlyList<(string Operator, TemplateExpression Operand)> Rest, int Line)
    : TemplateExpression(Line);

/// <summary><c>a ~ b</c>: the texts of all parts.</summary>
internal sealed record ConcatenationExpression(IReadOnlyList<TemplateExpression> Parts, int Line)
    : TemplateExpression(Line);

internal sealed record ConditionalExpression(
    TemplateExpression Condition, TemplateExpression Value, TemplateExpression? Otherwise, int Line)
    : TemplateExpression(Line);

internal sealed record MemberExpression(TemplateExpression Target, string Name, int Line) : TemplateExpression(Line);

internal sealed record IndexExpression(TemplateExpression Target, TemplateExpression Index, int Line)
    : TemplateExpression(Line);

internal sealed record SliceExpression(
    TemplateExpression Target, TemplateExpression? Start, TemplateExpression? Stop, TemplateExpression? Step, int Line)
    : TemplateExpression(Line);

internal sealed record ArgumentExpressions(
    IReadOnlyList<TemplateExpression> Positional, IReadOnlyList<(string Name, TemplateExpression Value)> Named)
{
    public static ArgumentExpressions None { get; } = new([], []);
}

internal sealed record CallExpression(TemplateExpression Callee, ArgumentExpressions Arguments, int Line)
    : TemplateExpression(Line);

internal sealed record FilterExpression(
    TemplateExpression Target, string Name, ArgumentExpressions Arguments, int Line) : TemplateExpression(Line);

internal sealed record TestExpression(
    TemplateExpression Target, string Name, ArgumentExpressions Arguments, int Line) : TemplateExpression(Line);
