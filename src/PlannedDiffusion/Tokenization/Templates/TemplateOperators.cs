namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>Operators on values, with the meaning that they have in Python.</summary>
internal static class TemplateOperators
{
    public static TemplateValue Arithmetic(
        string operation, TemplateValue left, TemplateValue right, RenderBudget budget)
    {
        switch (left, right)
        {
            case (TemplateText first, TemplateText second) when operation == "+":
                return Concatenate([first, second], budget);
            case (ListValue first, ListValue second) when operation == "+":
                budget.Spend(first.Size + second.Size);
                return new ListValue([.. first.Items, .. second.Items]);
        }

        if (AsNumber(left) is not { } a || AsNumber(right) is not { } b)
            throw new TemplateException($"{left.Kind} {operation} {right.Kind} has no value");
        try
        {
            return new NumberValue(checked(operation switch
            {
                "+" => a + b,
                "-" => a - b,
                "*" => a * b,
                "//" => FloorDivide(a, b),
                _ => a - FloorDivide(a, b) * b,
            }));
        }
        catch (ArithmeticException)
        {
            throw new TemplateException($"{a} {operation} {b} has no value of 64 bits");
        }
    }

    public static TemplateText Concatenate(IEnumerable<TemplateText> texts, RenderBudget budget)
    {
        var result = new TextBuilder(budget);
        foreach (TemplateText text in texts) result.Append(text);
        return result.ToText();
    }

    public static bool Compare(string comparison, TemplateValue left, TemplateValue right, RenderBudget budget) =>
        comparison switch
        {
            "==" => AreEqual(left, right, budget),
            "!=" => !AreEqual(left, right, budget),
            "in" => Contains(right, left, budget),
            "not in" => !Contains(right, left, budget),
            "<" => Order(comparison, left, right) < 0,
            "<=" => Order(comparison, left, right) <= 0,
            ">" => Order(comparison, left, right) > 0,
            _ => Order(comparison, left, right) >= 0,
        };

    public static bool AreEqual(TemplateValue left, TemplateValue right, RenderBudget budget)
    {
        budget.Enter();
        budget.Spend(Math.Min(left.Size, right.Size));
        bool equal = (left, right) switch
        {
            (TemplateText a, TemplateText b) => a.Text == b.Text,
            (ListValue a, ListValue b) => a.Items.Count == b.Items.Count
                && a.Items.Zip(b.Items).All(pair => AreEqual(pair.First, pair.Second, budget)),
            (MappingValue a, MappingValue b) => a.Entries.Count == b.Entries.Count
                && a.Entries.All(entry => b.Entries.TryGetValue(entry.Key, out var other)
                    && AreEqual(entry.Value.Value, other.Value, budget)),
            (UndefinedValue, UndefinedValue) => true,
            _ => AsNumber(left) is { } a && AsNumber(right) is { } b ? a == b : ReferenceEquals(left, right),
        };
        budget.Leave();
        return equal;
    }

    /// <summary>True if a text contains the other text, a list the item, or a mapping the name.</summary>
    public static bool Contains(TemplateValue container, TemplateValue item, RenderBudget budget)
    {
        budget.Spend(container.Size);
        return (container, item) switch
        {
            (TemplateText text, TemplateText part) => text.Text.Contains(part.Text, StringComparison.Ordinal),
            (ListValue list, _) => list.Items.Any(other => AreEqual(other, item, budget)),
            (MappingValue mapping, TemplateText name) => mapping.Entries.ContainsKey(name.Text),
            (MappingValue or UndefinedValue, _) => false,
            _ => throw new TemplateException($"{item.Kind} cannot be looked for in {container.Kind}"),
        };
    }

    /// <summary>The items of a loop over the value. The loop itself spends the cost of each turn.</summary>
    public static IReadOnlyList<TemplateValue> ItemsOf(TemplateValue value, RenderBudget budget) => value switch
    {
        ListValue list => list.Items,
        MappingValue mapping => Keys(mapping, budget),
        TemplateText text => Characters(text, budget),
        UndefinedValue => [],
        _ => throw new TemplateException($"{value.Kind} has no items"),
    };

    public static long? AsNumber(TemplateValue value) => value switch
    {
        NumberValue number => number.Value,
        BooleanValue boolean => boolean.Value ? 1 : 0,
        _ => null,
    };

    private static IReadOnlyList<TemplateValue> Keys(MappingValue mapping, RenderBudget budget)
    {
        budget.Spend(mapping.Size);
        return mapping.Keys().Items;
    }

    private static TemplateText[] Characters(TemplateText text, RenderBudget budget)
    {
        int[] starts = text.CharacterStarts();
        budget.SpendValues(starts.Length);
        return [.. starts.Select((start, i) =>
            text.Slice(start, i + 1 < starts.Length ? starts[i + 1] : text.Text.Length))];
    }

    private static int Order(string comparison, TemplateValue left, TemplateValue right)
    {
        if (left is TemplateText first && right is TemplateText second)
            return string.CompareOrdinal(first.Text, second.Text);
        return AsNumber(left) is { } a && AsNumber(right) is { } b
            ? a.CompareTo(b)
            : throw new TemplateException($"{left.Kind} {comparison} {right.Kind} has no value");
    }

    private static long FloorDivide(long a, long b)
    {
        long quotient = a / b;
        return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
    }
}
