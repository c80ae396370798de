using System.Collections.Frozen;

namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>The filters, which follow <c>|</c>.</summary>
internal static class TemplateFilters
{
    private const int WidestIndent = 16;

    private delegate TemplateValue Filter(TemplateValue value, CallArguments arguments, RenderBudget budget);

    private static readonly FrozenDictionary<string, Filter> Known = new Dictionary<string, Filter>
    {
        ["trim"] = (value, arguments, _) => value.ToText().Trim(arguments.OptionalText("chars")?.Text),
        ["upper"] = (value, _, _) => TextMethods.Upper(value.ToText()),
        ["lower"] = (value, _, _) => TextMethods.Lower(value.ToText()),
        ["capitalize"] = (value, _, _) => TextMethods.Capitalize(value.ToText()),
        ["title"] = (value, _, _) => TextMethods.TitleWords(value.ToText()),
        ["string"] = (value, _, _) => value.ToText(),
        ["safe"] = (value, _, _) => value.ToText(), // nothing is escaped here
        ["replace"] = (value, arguments, budget) => TextMethods.Replace(value.ToText(), arguments, budget),
        ["tojson"] = ToJson,
        ["default"] = Default,
        ["d"] = Default,
        ["length"] = (value, _, budget) => Length(value, budget),
        ["count"] = (value, _, budget) => Length(value, budget),
        ["list"] = (value, _, budget) => new ListValue(TemplateOperators.ItemsOf(value, budget)),
        ["first"] = (value, _, budget) => End(value, budget, isFirst: true),
        ["last"] = (value, _, budget) => End(value, budget, isFirst: false),
        ["reverse"] = (value, _, budget) => TemplateIndexing.Slice(value, null, null, new NumberValue(-1), budget),
        ["join"] = Join,
        ["items"] = Items,
        ["map"] = Map,
        ["select"] = (value, arguments, budget) => Select(value, arguments, budget, wanted: true),
        ["reject"] = (value, arguments, budget) => Select(value, arguments, budget, wanted: false),
        ["selectattr"] = (value, arguments, budget) => SelectByMember(value, arguments, budget, wanted: true),
        ["rejectattr"] = (value, arguments, budget) => SelectByMember(value, arguments, budget, wanted: false),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static bool Contains(string name) => Known.ContainsKey(name);

    public static TemplateValue Apply(string name, TemplateValue value, CallArguments arguments, RenderBudget budget)
    {
        if (!Known.TryGetValue(name, out Filter? filter))
            throw new TemplateException($"the filter {name} is not supported");
        budget.Enter(); // map applies filters, map among them
        if (value is TemplateText) budget.Spend(value.Size);
        TemplateValue result = filter(value, arguments, budget);
        arguments.End();
        budget.Leave();
        return result;
    }

    private static TemplateText ToJson(TemplateValue value, CallArguments arguments, RenderBudget budget)
    {
        if (arguments.Optional("ensure_ascii") is { IsTrue: true })
            throw new TemplateException("tojson with ensure_ascii is not supported");
        return new JsonText(budget, arguments.OptionalInteger("indent", 0, WidestIndent)).Of(value);
    }

    private static TemplateValue Default(TemplateValue value, CallArguments arguments, RenderBudget budget)
    {
        TemplateValue otherwise = arguments.Optional("default_value") ?? TemplateText.Empty;
        bool alsoIfFalse = arguments.Optional("boolean")?.IsTrue ?? false;
        return value is UndefinedValue || (alsoIfFalse && !value.IsTrue) ? otherwise : value;
    }

    private static NumberValue Length(TemplateValue value, RenderBudget budget) => value switch
    {
        TemplateText text => new NumberValue(text.CharacterStarts().Length),
        MappingValue mapping => new NumberValue(mapping.Entries.Count),
        _ => new NumberValue(TemplateOperators.ItemsOf(value, budget).Count),
    };

    private static TemplateValue End(TemplateValue value, RenderBudget budget, bool isFirst)
    {
        IReadOnlyList<TemplateValue> items = TemplateOperators.ItemsOf(value, budget);
        return items.Count == 0 ? new UndefinedValue($"an item of {value.Kind}") : items[isFirst ? 0 : items.Count - 1];
    }

    private static TemplateText Join(TemplateValue value, CallArguments arguments, RenderBudget budget)
    {
        TemplateText separator = arguments.OptionalText("d") ?? TemplateText.Empty;
        return TextMethods.Join(
            arguments.OptionalText("attribute") is { } member ? Members(value, member, null, budget) : value,
            separator, budget);
    }

    private static ListValue Items(TemplateValue value, CallArguments arguments, RenderBudget budget)
    {
        budget.Spend(value.Size);
        return value switch
        {
            MappingValue mapping => mapping.Items(),
            UndefinedValue => new ListValue([]),
            _ => throw new TemplateException($"{value.Kind} has no members"),
        };
    }

    private static ListValue Map(TemplateValue value, CallArguments arguments, RenderBudget budget)
    {
        if (arguments.Count == 0)
        {
            TemplateText member = arguments.RequiredText("attribute");
            return Members(value, member, arguments.Optional("default"), budget);
        }

        string filter = arguments.RequiredText("filter").Text;
        Func<CallArguments> rest = arguments.Rest(filter);
        budget.Spend(16L * value.Size);
        return new ListValue(
            [.. TemplateOperators.ItemsOf(value, budget).Select(item => Apply(filter, item, rest(), budget))]);
    }

    private static ListValue Members(
        TemplateValue value, TemplateText path, TemplateValue? otherwise, RenderBudget budget)
    {
        budget.Spend(16L * value.Size);
        return new ListValue([.. TemplateOperators.ItemsOf(value, budget).Select(item => Member(item, path, budget))
            .Select(member => member is UndefinedValue && otherwise is not null ? otherwise : member)]);
    }

    // "function.name" is a member of a member.
    private static TemplateValue Member(TemplateValue value, TemplateText path, RenderBudget budget)
    {
        budget.Spend(path.Size);
        foreach (string name in path.Text.Split('.')) value = TemplateMembers.Find(value, name, budget);
        return value;
    }

    private static ListValue Select(TemplateValue value, CallArguments arguments, RenderBudget budget, bool wanted)
    {
        string? test = arguments.OptionalText("test")?.Text;
        return Where(value, item => item, test, arguments, budget, wanted);
    }

    private static ListValue SelectByMember(
        TemplateValue value, CallArguments arguments, RenderBudget budget, bool wanted)
    {
        TemplateText member = arguments.RequiredText("attribute");
        string? test = arguments.OptionalText("test")?.Text;
        return Where(value, item => Member(item, member, budget), test, arguments, budget, wanted);
    }

    private static ListValue Where(
        TemplateValue value, Func<TemplateValue, TemplateValue> tested, string? test, CallArguments arguments,
        RenderBudget budget, bool wanted)
    {
        Func<CallArguments> rest = arguments.Rest(test ?? "");
        budget.Spend(16L * value.Size);
        return new ListValue([.. TemplateOperators.ItemsOf(value, budget).Where(item =>
            wanted == (test is null
                ? tested(item).IsTrue
                : TemplateTests.Holds(test, tested(item), rest(), budget)))]);
    }
}
