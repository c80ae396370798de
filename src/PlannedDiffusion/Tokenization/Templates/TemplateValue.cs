using System.Globalization;

namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>The value of an expression of a template.</summary>
internal abstract class TemplateValue
{
    /// <summary>Its name in messages.</summary>
    public abstract string Kind { get; }

    /// <summary>Its value as a condition.</summary>
    public abstract bool IsTrue { get; }

    /// <summary>The number of characters or items, which a walk through it costs.</summary>
    public virtual int Size => 1;

    /// <summary>Its text when it is printed or concatenated.</summary>
    /// <exception cref="TemplateException">It has no sensible text.</exception>
    public TemplateText ToText() => this switch
    {
        TemplateText text => text,
        UndefinedValue => TemplateText.Empty,
        NoneValue => TemplateText.Own("None"),
        BooleanValue boolean => TemplateText.Own(boolean.Value ? "True" : "False"),
        NumberValue number => TemplateText.Own(number.Value.ToString(CultureInfo.InvariantCulture)),
        _ => throw new TemplateException($"{Kind} cannot be printed; tojson would make a text of it"),
    };
}

/// <summary>A variable or member that does not exist. It is printed as nothing.</summary>
internal sealed class UndefinedValue(string name) : TemplateValue
{
    public string Name => name;

    public override string Kind => $"{name}, which is undefined";

    public override bool IsTrue => false;
}

internal sealed class NoneValue : TemplateValue
{
    public static NoneValue Instance { get; } = new();

    public override string Kind => "none";

    public override bool IsTrue => false;
}

internal sealed class BooleanValue : TemplateValue
{
    private BooleanValue(bool value) => Value = value;

    public static BooleanValue True { get; } = new(true);

    public static BooleanValue False { get; } = new(false);

    public bool Value { get; }

    public override string Kind => Value ? "true" : "false";

    public override bool IsTrue => Value;

    public static BooleanValue Of(bool value) => value ? True : False;
}

internal sealed class NumberValue(long value) : TemplateValue
{
    public long Value => value;

    public override string Kind => "a number";

    public override bool IsTrue => value != 0;
}

internal sealed class ListValue(IReadOnlyList<TemplateValue> items) : TemplateValue
{
    public IReadOnlyList<TemplateValue> Items => items;

    public override string Kind => "a list";

    public override bool IsTrue => items.Count > 0;

    // A reference takes the memory of four characters.
    public override int Size => 4 * items.Count + 1;
}

/// <summary>Named values, in order.</summary>
internal sealed class MappingValue(OrderedDictionary<string, (TemplateText Key, TemplateValue Value)> entries)
    : TemplateValue
{
    public OrderedDictionary<string, (TemplateText Key, TemplateValue Value)> Entries => entries;

    public override string Kind => "a mapping";

    public override bool IsTrue => entries.Count > 0;

    public override int Size => 16 * entries.Count + 1;

    /// <summary>A mapping whose names are the program's own.</summary>
    public static MappingValue Of(params IEnumerable<(string Name, TemplateValue Value)> members)
    {
        var entries = new OrderedDictionary<string, (TemplateText, TemplateValue)>(StringComparer.Ordinal);
        foreach ((string name, TemplateValue value) in members) entries[name] = (TemplateText.Own(name), value);
        return new MappingValue(entries);
    }

    /// <summary>The pairs of name and value, as lists.</summary>
    public ListValue Items() => new([.. entries.Values.Select(entry => new ListValue([entry.Key, entry.Value]))]);

    public ListValue Keys() => new([.. entries.Values.Select(entry => entry.Key)]);
}

/// <summary>Variables that a template can change inside a loop.</summary>
internal sealed class NamespaceValue(Dictionary<string, TemplateValue> members) : TemplateValue
{
    public Dictionary<string, TemplateValue> Members => members;

    public override string Kind => "a namespace";

    public override bool IsTrue => true;
}

/// <summary>The value of <c>loop</c> in a turn of a loop.</summary>
internal sealed class LoopValue(IReadOnlyList<TemplateValue> items, int index) : TemplateValue
{
    public override string Kind => "a loop";

    public override bool IsTrue => true;

    /// <summary>The member with this name, or null.</summary>
    public TemplateValue? Member(string name) => name switch
    {
        "index" => new NumberValue(index + 1),
        "index0" => new NumberValue(index),
        "revindex" => new NumberValue(items.Count - index),
        "revindex0" => new NumberValue(items.Count - index - 1),
        "first" => BooleanValue.Of(index == 0),
        "last" => BooleanValue.Of(index == items.Count - 1),
        "length" => new NumberValue(items.Count),
        "previtem" when index > 0 => items[index - 1],
        "nextitem" when index < items.Count - 1 => items[index + 1],
        _ => null,
    };
}

/// <summary>A function, a macro, or a method of a value.</summary>
internal sealed class FunctionValue(string name, Func<CallArguments, TemplateValue> call) : TemplateValue
{
    public string Name => name;

    public override string Kind => $"the function {name}";

    public override bool IsTrue => true;

    public TemplateValue Call(CallArguments arguments) => call(arguments);
}
