namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>Items and slices of lists and texts, counted as in Python: from the end if negative.</summary>
internal static class TemplateIndexing
{
    /// <summary>The item or member, or null if there is none.</summary>
    public static TemplateValue? Item(TemplateValue target, TemplateValue index, RenderBudget budget)
    {
        switch (target)
        {
            case MappingValue mapping:
                return index is TemplateText name && mapping.Entries.TryGetValue(name.Text, out var entry)
                    ? entry.Value : null;
            case ListValue list:
                return Place(list.Items.Count, index) is { } item ? list.Items[item] : null;
            case TemplateText text:
                budget.Spend(text.Size);
                int[] starts = text.CharacterStarts();
                return Place(starts.Length, index) is { } place ? Character(text, starts, place) : null;
            default:
                return null;
        }
    }

    public static TemplateValue Slice(
        TemplateValue target, TemplateValue? start, TemplateValue? stop, TemplateValue? step, RenderBudget budget)
    {
        budget.Spend(target.Size);
        long stride = Bound(step) ?? 1;
        if (stride == 0) throw new TemplateException("a slice has step 0");
        switch (target)
        {
            case ListValue list:
                return new ListValue(
                    [.. Places(list.Items.Count, Bound(start), Bound(stop), stride).Select(i => list.Items[i])]);
            case TemplateText text:
                int[] starts = text.CharacterStarts();
                return TemplateOperators.Concatenate(
                    Places(starts.Length, Bound(start), Bound(stop), stride).Select(i => Character(text, starts, i)),
                    budget);
            default:
                throw new TemplateException($"{target.Kind} has no slices");
        }
    }

    private static TemplateText Character(TemplateText text, int[] starts, int place) =>
        text.Slice(starts[place], place + 1 < starts.Length ? starts[place + 1] : text.Text.Length);

    private static int? Place(int count, TemplateValue index)
    {
        if (TemplateOperators.AsNumber(index) is not { } number) return null;
        if (number < 0) number += count;
        return number >= 0 && number < count ? (int)number : null;
    }

    private static long? Bound(TemplateValue? value) => value switch
    {
        null or NoneValue => null,
        NumberValue number => Math.Clamp(number.Value, -int.MaxValue, int.MaxValue),
        _ => throw new TemplateException($"{value.Kind} is no bound of a slice"),
    };

    private static IEnumerable<int> Places(int count, long? start, long? stop, long step)
    {
        long least = step > 0 ? 0 : -1, most = step > 0 ? count : count - 1;
        long first = start is { } from ? FromEnd(from) : step > 0 ? least : most;
        long end = stop is { } to ? FromEnd(to) : step > 0 ? most : least;
        for (long i = first; step > 0 ? i < end : i > end; i += step) yield return (int)i;

        long FromEnd(long bound) => Math.Clamp(bound < 0 ? bound + count : bound, least, most);
    }
}
