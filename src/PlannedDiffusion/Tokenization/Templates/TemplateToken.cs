namespace PlannedDiffusion.Tokenization.Templates;

internal enum TemplateTokenKind
{
    Text,
    OutputStart,
    OutputEnd,
    StatementStart,
    StatementEnd,
    Name,
    Integer,
    String,
    Symbol,
    End,
}

/// <summary>A part of a template's source: a run of text, or a word of an expression or a statement.</summary>
internal readonly record struct TemplateToken(TemplateTokenKind Kind, string Value, int Line)
{
    public bool Is(TemplateTokenKind kind, string value) => Kind == kind && Value == value;

    /// <summary>Its name in messages.</summary>
    public string Described => Kind switch
    {
        TemplateTokenKind.End => "the end of the template",
        TemplateTokenKind.Text or TemplateTokenKind.String => "text",
        TemplateTokenKind.StatementEnd => "%}",
        TemplateTokenKind.OutputEnd => "}}",
        TemplateTokenKind.StatementStart => "{%",
        TemplateTokenKind.OutputStart => "{{",
        _ => Value,
    };
}
