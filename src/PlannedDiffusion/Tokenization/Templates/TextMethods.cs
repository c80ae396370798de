using System.Globalization;

namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>
/// The methods of a text, which are filters, too. Upper and lower case map each character to one character, so that it
/// keeps its origin; Python maps some to two.
/// </summary>
internal static class TextMethods
{
    /// <summary>The method of this name, or null.</summary>
    public static FunctionValue? Find(TemplateText text, string name, RenderBudget budget)
    {
        Func<CallArguments, TemplateValue>? method = name switch
        {
            "strip" => arguments => text.Trim(arguments.OptionalText("chars")?.Text),
            "lstrip" => arguments => text.Trim(arguments.OptionalText("chars")?.Text, atEnd: false),
            "rstrip" => arguments => text.Trim(arguments.OptionalText("chars")?.Text, atStart: false),
            "upper" => _ => Upper(text),
            "lower" => _ => Lower(text),
            "capitalize" => _ => Capitalize(text),
            "title" => _ => Title(text, char.IsLetter),
            "startswith" => arguments => BooleanValue.Of(
                Affixes(arguments, "prefix").Any(affix => text.Text.StartsWith(affix, StringComparison.Ordinal))),
            "endswith" => arguments => BooleanValue.Of(
                Affixes(arguments, "suffix").Any(affix => text.Text.EndsWith(affix, StringComparison.Ordinal))),
            "replace" => arguments => Replace(text, arguments, budget),
            "split" => arguments => Split(text, arguments, budget),
            "join" => arguments => Join(arguments.Required("iterable"), text, budget),
            _ => null,
        };
        if (method is null) return null;
        return new FunctionValue(name, arguments =>
        {
            budget.Spend(text.Size);
            return method(arguments);
        });
    }

    public static TemplateText Upper(TemplateText text) => text.Map(t => t.ToUpperInvariant());

    public static TemplateText Lower(TemplateText text) => text.Map(t => t.ToLowerInvariant());

    public static TemplateText Capitalize(TemplateText text) => text.Map(t =>
    {
        int first = t.Length > 1 && char.IsSurrogatePair(t[0], t[1]) ? 2 : Math.Min(1, t.Length);
        return t[..first].ToUpperInvariant() + t[first..].ToLowerInvariant();
    });

    public static TemplateText Replace(TemplateText text, CallArguments arguments, RenderBudget budget)
    {
        TemplateText old = arguments.RequiredText("old"), replacement = arguments.RequiredText("new");
        int left = arguments.OptionalInteger("count", -1, int.MaxValue) ?? -1;
        if (old.Text.Length == 0) throw new TemplateException($"{arguments.Callee} of nothing is not supported");
        var result = new TextBuilder(budget);
        int start = 0;
        while (left-- != 0 && text.Text.IndexOf(old.Text, start, StringComparison.Ordinal) is >= 0 and var found)
        {
            result.Append(text.Slice(start, found));
            result.Append(replacement);
            start = found + old.Text.Length;
        }

        result.Append(text.Slice(start, text.Text.Length));
        return result.ToText();
    }

    public static TemplateText Join(TemplateValue items, TemplateText separator, RenderBudget budget)
    {
        var result = new TextBuilder(budget);
        bool isFirst = true;
        foreach (TemplateValue item in TemplateOperators.ItemsOf(items, budget))
        {
            budget.Spend(1);
            if (!isFirst) result.Append(separator);
            isFirst = false;
            result.Append(item.ToText());
        }

        return result.ToText();
    }

    /// <summary>The filter: "it's" becomes "It's". The method gives "It'S".</summary>
    public static TemplateText TitleWords(TemplateText text) =>
        Title(text, before => !TextWhitespace.Contains(before) && !"-({[<".Contains(before, StringComparison.Ordinal));

    // Upper case at the start and after a character that does not continue a word.
    private static TemplateText Title(TemplateText text, Func<char, bool> goesOn) =>
        text.Map(t => string.Create(t.Length, t, (title, source) =>
        {
            for (int i = 0; i < source.Length; i++)
            {
                bool isInner = i > 0 && goesOn(source[i - 1]);
                title[i] = isInner ? char.ToLowerInvariant(source[i]) : char.ToUpperInvariant(source[i]);
            }
        }));

    private static IEnumerable<string> Affixes(CallArguments arguments, string name) =>
        arguments.Required(name) switch
        {
            TemplateText affix => [affix.Text],
            ListValue list when list.Items.All(item => item is TemplateText) =>
                list.Items.Cast<TemplateText>().Select(affix => affix.Text),
            var other => throw new TemplateException($"{arguments.Callee} takes a text, not {other.Kind}"),
        };

    private static ListValue Split(TemplateText text, CallArguments arguments, RenderBudget budget)
    {
        string? separator = arguments.OptionalText("sep")?.Text;
        int left = arguments.OptionalInteger("maxsplit", -1, int.MaxValue) ?? -1;
        if (separator is null) return SplitAtWhitespace(text, left, budget);
        if (separator.Length == 0) throw new TemplateException("split at nothing has no value");
        var parts = new List<TemplateValue>();
        int start = 0;
        while (left-- != 0 && text.Text.IndexOf(separator, start, StringComparison.Ordinal) is >= 0 and var found)
        {
            budget.SpendValues(1);
            parts.Add(text.Slice(start, found));
            start = found + separator.Length;
        }

        parts.Add(text.Slice(start, text.Text.Length));
        return new ListValue(parts);
    }

    private static ListValue SplitAtWhitespace(TemplateText text, int left, RenderBudget budget)
    {
        var parts = new List<TemplateValue>();
        for (int start = Skip(0, whitespace: true), end; start < text.Text.Length; start = Skip(end, whitespace: true))
        {
            budget.SpendValues(1);
            end = left-- == 0 ? text.Text.Length : Skip(start, whitespace: false);
            parts.Add(text.Slice(start, end));
        }

        return new ListValue(parts);

        int Skip(int from, bool whitespace)
        {
            while (from < text.Text.Length && TextWhitespace.Contains(text.Text[from]) == whitespace) from++;
            return from;
        }
    }
}
