namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>
/// A template in the subset of Jinja that chat templates of the Qwen2 and Llama 3 families use, with the settings of
/// Hugging Face's libraries. Each character of the result is marked as the template's own or the caller's.
/// </summary>
internal sealed class Template
{
    /// <summary>The longest source. Templates in use have less than a tenth of it.</summary>
    public const int LongestSource = 1 << 20;

    private readonly IReadOnlyList<TemplateStatement> _statements;

    private Template(IReadOnlyList<TemplateStatement> statements) => _statements = statements;

    /// <exception cref="TemplateException">
    /// The source is malformed, or needs a feature that is not supported.
    /// </exception>
    public static Template Parse(string source)
    {
        if (source.Length > LongestSource)
            throw new TemplateException($"the template has {source.Length} characters, more than {LongestSource}");
        return new Template(StatementParser.Parse(source));
    }

    /// <summary>Renders the template.</summary>
    /// <param name="variables">Their names and values.</param>
    /// <param name="callerCharacters">The length of the caller's text, which bounds the work.</param>
    /// <exception cref="TemplateException">It cannot be rendered; the exception has the line.</exception>
    /// <exception cref="ArgumentException">The template refuses the caller's values.</exception>
    public TemplateText Render(IEnumerable<(string Name, TemplateValue Value)> variables, long callerCharacters)
    {
        var budget = new RenderBudget(callerCharacters);
        var scope = new TemplateScope(outer: null);
        TemplateFunctions.Define(scope, budget);
        foreach ((string name, TemplateValue value) in variables) scope.Set(name, value);
        return new TemplateRendering(budget).Render(_statements, scope);
    }
}
