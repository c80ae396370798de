using PlannedDiffusion.Files;

namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>The functions that a template may call.</summary>
internal static class TemplateFunctions
{
    /// <summary>Defines them in a scope.</summary>
    public static void Define(TemplateScope scope, RenderBudget budget)
    {
        scope.Set("raise_exception", new FunctionValue("raise_exception", Raise));
        scope.Set("namespace", new FunctionValue("namespace", Namespace));
        scope.Set("range", new FunctionValue("range", arguments => Range(arguments, budget)));
    }

    private static NoneValue Raise(CallArguments arguments)
    {
        string reason = arguments.Optional("message")?.ToText().Text ?? "";
        throw new ArgumentException(
            $"The checkpoint's chat template refuses the conversation: {MessageText.OneLine(reason)}");
    }

    private static NamespaceValue Namespace(CallArguments arguments)
    {
        var members = new Dictionary<string, TemplateValue>(arguments.Named, StringComparer.Ordinal);
        arguments.Rest("namespace");
        return arguments.Count == 0
            ? new NamespaceValue(members)
            : throw new TemplateException("namespace with positional arguments is not supported");
    }

    private static ListValue Range(CallArguments arguments, RenderBudget budget)
    {
        int first = arguments.OptionalInteger("start", -int.MaxValue, int.MaxValue)
            ?? throw new TemplateException("range needs a number");
        int? stop = arguments.OptionalInteger("stop", -int.MaxValue, int.MaxValue);
        int step = arguments.OptionalInteger("step", -int.MaxValue, int.MaxValue) ?? 1;
        if (step == 0) throw new TemplateException("range has step 0");
        long start = stop is null ? 0 : first, end = stop ?? first;
        var items = new List<TemplateValue>();
        for (long i = start; step > 0 ? i < end : i > end; i += step)
        {
            budget.Spend(16);
            items.Add(new NumberValue(i));
        }

        return new ListValue(items);
    }
}
