using System.CommandLine;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>A row of <see cref="KnobTable"/>: an option, and what it sets.</summary>
/// <param name="option">The option, such as <c>--seed</c>.</param>
/// <param name="properties">
/// The paths of the properties that it sets, as in the library's error messages. The first is its main purpose.
/// </param>
internal abstract class Knob(string option, IReadOnlyList<string> properties)
{
    /// <summary>The defaults of the knobs, from the library's records.</summary>
    protected static readonly DecodingKnobs Defaults = new();

    public string Option => option;

    public IReadOnlyList<string> Properties => properties;

    /// <summary>Makes the option for a command.</summary>
    public abstract Option Create();

    /// <summary>The knobs with the value of the command line, or with the default.</summary>
    public abstract DecodingKnobs Read(ParseResult parse, Option own, DecodingKnobs knobs);

    /// <summary>The value in some knobs.</summary>
    public abstract object? Value(DecodingKnobs knobs);
}

/// <summary>A knob with a number.</summary>
internal sealed class NumberKnob<T>(
    string option,
    IReadOnlyList<string> properties,
    (string Unit, string Description) help,
    Func<DecodingKnobs, T> get,
    Func<DecodingKnobs, T, DecodingKnobs> set)
    : Knob(option, properties)
{
    public override Option Create()
    {
        var own = new Option<T>(Option) { Description = help.Description, HelpName = help.Unit };
        if (get(Defaults) is { } value) own.DefaultValueFactory = _ => value;
        return own;
    }

    public override DecodingKnobs Read(ParseResult parse, Option own, DecodingKnobs knobs) =>
        set(knobs, parse.GetValue((Option<T>)own)!);

    public override object? Value(DecodingKnobs knobs) => get(knobs);
}

/// <summary>A knob with one of some words. Without a default, the option may be left out.</summary>
internal sealed class WordKnob<T>(
    string option,
    IReadOnlyList<string> properties,
    (Words<T> Words, string Description) help,
    Func<DecodingKnobs, T> get,
    Func<DecodingKnobs, T, DecodingKnobs> set)
    : Knob(option, properties)
{
    public override Option Create()
    {
        var own = new Option<string?>(Option) { Description = help.Description };
        if (get(Defaults) is { } value)
        {
            string word = help.Words.Of(value);
            own.DefaultValueFactory = _ => word;
        }

        OptionGrammar.AcceptOnly(own, help.Words.All);
        return own;
    }

    public override DecodingKnobs Read(ParseResult parse, Option own, DecodingKnobs knobs) =>
        parse.GetValue((Option<string?>)own) is { } word ? set(knobs, help.Words.Value(word)) : knobs;

    public override object? Value(DecodingKnobs knobs) => get(knobs);
}

/// <summary>A knob that is a flag, off by default.</summary>
internal sealed class FlagKnob(
    string option,
    IReadOnlyList<string> properties,
    string description,
    Func<DecodingKnobs, bool> get,
    Func<DecodingKnobs, DecodingKnobs> set)
    : Knob(option, properties)
{
    public override Option Create() => new Option<bool>(Option) { Description = description };

    public override DecodingKnobs Read(ParseResult parse, Option own, DecodingKnobs knobs) =>
        parse.GetValue((Option<bool>)own) ? set(knobs) : knobs;

    public override object? Value(DecodingKnobs knobs) => get(knobs);
}

/// <summary>A knob with any number of texts, none by default.</summary>
internal sealed class TextsKnob(
    string option,
    IReadOnlyList<string> properties,
    (string Unit, string Description) help,
    Func<DecodingKnobs, IReadOnlyList<string>> get,
    Func<DecodingKnobs, IReadOnlyList<string>, DecodingKnobs> set)
    : Knob(option, properties)
{
    public override Option Create() =>
        new Option<string[]>(Option) { Description = help.Description, HelpName = help.Unit };

    public override DecodingKnobs Read(ParseResult parse, Option own, DecodingKnobs knobs) =>
        parse.GetValue((Option<string[]>)own) is { Length: > 0 } texts ? set(knobs, texts) : knobs;

    public override object? Value(DecodingKnobs knobs) => get(knobs);
}
