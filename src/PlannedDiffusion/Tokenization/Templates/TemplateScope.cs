namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>
/// The variables of a template, of a turn of a loop, or of a call of a macro. Outer variables can be read.
/// </summary>
internal sealed class TemplateScope(TemplateScope? outer)
{
    private readonly Dictionary<string, TemplateValue> _variables = new(StringComparer.Ordinal);

    public void Set(string name, TemplateValue value) => _variables[name] = value;

    public TemplateValue Find(string name)
    {
        for (TemplateScope? scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope._variables.TryGetValue(name, out TemplateValue? value)) return value;
        }

        return new UndefinedValue(name);
    }

    private TemplateScope? Outer => outer;
}
