using System.CommandLine;
using System.CommandLine.Parsing;

namespace PlannedDiffusion.Cli.Commands;

/// <summary>Ranges of options, reported as usage errors that name the option.</summary>
internal static class OptionChecks
{
    public static void AtLeast<T>(T least, params Option<T>[] options)
        where T : struct, IComparable<T>
    {
        foreach (Option<T> option in options)
        {
            Require(option, value => value.CompareTo(least) >= 0, $"must be at least {Text(least)}");
        }
    }

    public static void Between<T>(T least, T most, params Option<T>[] options)
        where T : struct, IComparable<T>
    {
        foreach (Option<T> option in options)
        {
            // Not a number compares below everything.
            Require(
                option,
                value => value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0,
                $"must be between {Text(least)} and {Text(most)}");
        }
    }

    private static void Require<T>(Option<T> option, Func<T, bool> holds, string rule) =>
        option.Validators.Add(result =>
        {
            try
            {
                if (!holds(result.GetValueOrDefault<T>()!)) result.AddError($"{option.Name} {rule}");
            }
            catch (InvalidOperationException e)
            {
                result.AddError(e.Message); // the value does not parse: the parser's own message
            }
        });

    private static string Text<T>(T value) => FormattableString.Invariant($"{value}");
}
