using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>
/// The rules for values of options, the same for all commands. Numbers have a decimal point in every culture, and no
/// group separators: the parser's default reads <c>0,7</c> as 7. Flags take no value, so that a prompt may be
/// <c>true</c>.
/// </summary>
internal static class OptionGrammar
{
    private const NumberStyles Integer = NumberStyles.AllowLeadingSign;

    private const NumberStyles Fraction =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>Applies the rules to the options of a command and of its subcommands.</summary>
    public static void ApplyTo(Command command)
    {
        foreach (Option option in command.Options) ApplyTo(option);
        foreach (Command below in command.Subcommands) ApplyTo(below);
    }

    /// <summary>
    /// The flag that was typed with a value, as in <c>--json=no</c>; null if none was. The parser would treat the value
    /// as an argument.
    /// </summary>
    public static string? FlagWithValue(Command command, IEnumerable<string> args)
    {
        HashSet<string> flags = [.. command.Options.Where(option => option is Option<bool>)
            .SelectMany(flag => flag.Aliases.Prepend(flag.Name))];
        return args.TakeWhile(arg => arg != "--").Where(arg => arg.IndexOfAny(['=', ':']) > 0)
            .Select(arg => arg[..arg.IndexOfAny(['=', ':'])]).FirstOrDefault(flags.Contains);
    }

    /// <summary>
    /// The unknown option that was typed, such as <c>--modle</c>; null if none was. The parser would treat it as the
    /// prompt, which it is only after <c>--</c>.
    /// </summary>
    public static string? UnknownOption(CommandResult command, IEnumerable<string> args)
    {
        if (!command.Command.TreatUnmatchedTokensAsErrors) return null; // the command accepts any arguments
        HashSet<string> typed = [.. args.TakeWhile(arg => arg != "--").Where(IsNamedLikeAnOption)];
        return command.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens)
            .Select(token => token.Value).FirstOrDefault(typed.Contains);

        static bool IsNamedLikeAnOption(string text) =>
            text.Length > 2 && text.StartsWith("--", StringComparison.Ordinal) && !text.Any(char.IsWhiteSpace);
    }

    /// <summary>Restricts an option to some words. The help and the error message list them.</summary>
    public static void AcceptOnly(Option option, params string[] words)
    {
        option.CompletionSources.Add(words);
        option.Validators.Add(result => RefuseOthers(result, option.Name, words));
    }

    /// <summary>The same for an argument.</summary>
    public static void AcceptOnly(Argument argument, params string[] words)
    {
        argument.CompletionSources.Add(words);
        argument.Validators.Add(result => RefuseOthers(result, argument.Name, words));
    }

    private static void RefuseOthers(SymbolResult result, string name, string[] words)
    {
        if (result.Tokens.FirstOrDefault(token => !words.Contains(token.Value)) is { } other)
            result.AddError($"{name} '{other.Value}': expected {string.Join(", ", words[..^1])} or {words[^1]}");
    }

    private static void ApplyTo(Option option)
    {
        switch (option)
        {
            case Option<bool> flag: flag.Arity = ArgumentArity.Zero; break;
            case Option<int> number: number.CustomParser = Whole<int>; break;
            case Option<int?> number: number.CustomParser = result => Whole<int>(result); break;
            case Option<ulong> number: number.CustomParser = Whole<ulong>; break;
            case Option<float> number: number.CustomParser = Decimal<float>; break;
            case Option<float?> number: number.CustomParser = result => Decimal<float>(result); break;
            case Option<double> number: number.CustomParser = Decimal<double>; break;
            case Option<string> or Option<string[]> when option.HelpName is "file" or "folder" or "path":
                RefuseEmpty(option);
                break;
            // The Windows aliases would shadow the prompts /? and /h.
            case HelpOption help: help.Aliases.Remove("/?"); help.Aliases.Remove("/h"); break;
            case Option<string> or Option<string[]> or VersionOption: break;
            default: throw new NotSupportedException($"{option.Name} has a type of values without a rule");
        }
    }

    // An empty path usually comes from an unset variable in a script.
    private static void RefuseEmpty(Option path) => path.Validators.Add(result =>
    {
        if (result.Tokens.Any(token => token.Value is ""))
            result.AddError($"{path.Name} names no {path.HelpName}: it is empty");
    });

    private static T Whole<T>(ArgumentResult result)
        where T : IBinaryInteger<T>, IMinMaxValue<T>
    {
        string text = result.Tokens[^1].Value;
        if (T.TryParse(text, Integer, CultureInfo.InvariantCulture, out T? number)) return number;
        bool isWhole = BigInteger.TryParse(text, Integer, CultureInfo.InvariantCulture, out _);
        return Refuse<T>(result, isWhole ? $"between {T.MinValue} and {T.MaxValue}" : "a whole number, such as 64");
    }

    private static T Decimal<T>(ArgumentResult result)
        where T : IFloatingPointIeee754<T>
    {
        string text = result.Tokens[^1].Value;
        if (!T.TryParse(text, Fraction, CultureInfo.InvariantCulture, out T? number))
            return Refuse<T>(result, "a number with a decimal point, such as 0.5");
        // A number that is too large parses as infinity. It is refused unless infinity was typed.
        return T.IsInfinity(number) && text.Any(char.IsAsciiDigit) ? Refuse<T>(result, "a smaller number") : number;
    }

    private static T Refuse<T>(ArgumentResult result, string expected)
        where T : INumberBase<T>
    {
        string name = ((OptionResult)result.Parent!).Option.Name;
        result.AddError($"{name} '{result.Tokens[^1].Value}': expected {expected}");
        return T.Zero;
    }
}
