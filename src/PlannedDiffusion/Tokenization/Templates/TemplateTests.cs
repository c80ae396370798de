using System.Collections.Frozen;

namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>The tests, which follow <c>is</c>.</summary>
internal static class TemplateTests
{
    private static readonly FrozenDictionary<string, Func<TemplateValue, CallArguments, RenderBudget, bool>> Known =
        new Dictionary<string, Func<TemplateValue, CallArguments, RenderBudget, bool>>
        {
            ["defined"] = (value, _, _) => value is not UndefinedValue,
            ["undefined"] = (value, _, _) => value is UndefinedValue,
            ["none"] = (value, _, _) => value is NoneValue,
            ["string"] = (value, _, _) => value is TemplateText,
            ["mapping"] = (value, _, _) => value is MappingValue,
            ["number"] = (value, _, _) => value is NumberValue or BooleanValue,
            ["integer"] = (value, _, _) => value is NumberValue,
            ["boolean"] = (value, _, _) => value is BooleanValue,
            ["true"] = (value, _, _) => value is BooleanValue { Value: true },
            ["false"] = (value, _, _) => value is BooleanValue { Value: false },
            ["iterable"] = (value, _, _) => value is ListValue or MappingValue or TemplateText or UndefinedValue,
            ["sequence"] = (value, _, _) => value is ListValue or MappingValue or TemplateText or UndefinedValue,
            ["callable"] = (value, _, _) => value is FunctionValue,
            ["odd"] = (value, _, budget) => Remainder(value, 2, budget) == 1,
            ["even"] = (value, _, budget) => Remainder(value, 2, budget) == 0,
            ["divisibleby"] = (value, arguments, budget) =>
                Remainder(value, arguments.OptionalInteger("num", 1, int.MaxValue) ?? 1, budget) == 0,
            ["in"] = Comparison("in"),
            ["equalto"] = Comparison("=="),
            ["eq"] = Comparison("=="),
            ["=="] = Comparison("=="),
            ["ne"] = Comparison("!="),
            ["!="] = Comparison("!="),
            ["lt"] = Comparison("<"),
            ["<"] = Comparison("<"),
            ["le"] = Comparison("<="),
            ["<="] = Comparison("<="),
            ["gt"] = Comparison(">"),
            [">"] = Comparison(">"),
            ["ge"] = Comparison(">="),
            [">="] = Comparison(">="),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    public static bool Contains(string name) => Known.ContainsKey(name);

    public static bool Holds(string name, TemplateValue value, CallArguments arguments, RenderBudget budget)
    {
        if (!Known.TryGetValue(name, out Func<TemplateValue, CallArguments, RenderBudget, bool>? test))
            throw new TemplateException($"the test {name} is not supported");
        bool holds = test(value, arguments, budget);
        arguments.End();
        return holds;
    }

    private static Func<TemplateValue, CallArguments, RenderBudget, bool> Comparison(string comparison) =>
        (value, arguments, budget) =>
            TemplateOperators.Compare(comparison, value, arguments.Required("other"), budget);

    private static long Remainder(TemplateValue value, int divisor, RenderBudget budget) =>
        ((NumberValue)TemplateOperators.Arithmetic("%", value, new NumberValue(divisor), budget)).Value;
}
