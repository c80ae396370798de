namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>A part of a template that writes text or controls what is written.</summary>
internal abstract record TemplateStatement(int Line);

internal sealed record TextStatement(TemplateText Text, int Line) : TemplateStatement(Line);

internal sealed record OutputStatement(TemplateExpression Value, int Line) : TemplateStatement(Line);

internal sealed record IfStatement(
    IReadOnlyList<(TemplateExpression Condition, IReadOnlyList<TemplateStatement> Body)> Branches,
    IReadOnlyList<TemplateStatement> Otherwise, int Line) : TemplateStatement(Line);

/// <summary>A loop; each item is unpacked into the variables if there are several.</summary>
internal sealed record ForStatement(
    IReadOnlyList<string> Variables, TemplateExpression Items, TemplateExpression? Condition,
    IReadOnlyList<TemplateStatement> Body, IReadOnlyList<TemplateStatement> Otherwise, int Line)
    : TemplateStatement(Line);

/// <summary>Sets variables, or with <paramref name="Member"/> the member of a namespace.</summary>
internal sealed record SetStatement(
    IReadOnlyList<string> Variables, string? Member, TemplateExpression Value, int Line) : TemplateStatement(Line);

/// <summary>Sets a variable to the text that the body writes.</summary>
internal sealed record SetTextStatement(string Variable, IReadOnlyList<TemplateStatement> Body, int Line)
    : TemplateStatement(Line);

internal sealed record MacroStatement(
    string Name, IReadOnlyList<(string Name, TemplateExpression? Default)> Parameters,
    IReadOnlyList<TemplateStatement> Body, int Line) : TemplateStatement(Line);

/// <summary>Marks an assistant's text, for training. The body is written unchanged.</summary>
internal sealed record GenerationStatement(IReadOnlyList<TemplateStatement> Body, int Line) : TemplateStatement(Line);

internal sealed record BreakStatement(int Line) : TemplateStatement(Line);

internal sealed record ContinueStatement(int Line) : TemplateStatement(Line);
