namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>The methods of a mapping.</summary>
internal static class MappingMethods
{
    /// <summary>The method of this name, or null.</summary>
    public static FunctionValue? Find(MappingValue mapping, string name, RenderBudget budget)
    {
        Func<CallArguments, TemplateValue>? method = name switch
        {
            "get" => arguments => TemplateIndexing.Item(mapping, arguments.Required("key"), budget)
                ?? arguments.Optional("default") ?? NoneValue.Instance,
            "items" => _ => mapping.Items(),
            "keys" => _ => mapping.Keys(),
            "values" => _ => new ListValue([.. mapping.Entries.Values.Select(entry => entry.Value)]),
            _ => null,
        };
        if (method is null) return null;
        return new FunctionValue(name, arguments =>
        {
            budget.Spend(mapping.Size);
            return method(arguments);
        });
    }
}
