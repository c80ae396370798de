namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>Members of values: methods, and items by name or index.</summary>
internal static class TemplateMembers
{
    /// <summary>The member after a dot: a method first, then an item; undefined if there is none.</summary>
    public static TemplateValue Find(TemplateValue target, string name, RenderBudget budget) => target switch
    {
        UndefinedValue => throw new TemplateException($"{target.Kind}, has no {name}"),
        TemplateText text => TextMethods.Find(text, name, budget),
        MappingValue mapping => MappingMethods.Find(mapping, name, budget)
            ?? (mapping.Entries.TryGetValue(name, out (TemplateText, TemplateValue Value) entry) ? entry.Value : null),
        LoopValue loop => loop.Member(name),
        NamespaceValue space => space.Members.GetValueOrDefault(name),
        _ => null,
    } ?? new UndefinedValue(name);

    /// <summary>The item in brackets, by index or name; undefined if there is none.</summary>
    public static TemplateValue At(TemplateValue target, TemplateValue index, RenderBudget budget)
    {
        if (target is UndefinedValue) throw new TemplateException($"{target.Kind}, has no items");
        return TemplateIndexing.Item(target, index, budget)
            ?? (index is TemplateText name ? Find(target, name.Text, budget) : new UndefinedValue("an item"));
    }
}
