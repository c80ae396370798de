using System.CommandLine;
using System.Globalization;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>Bounds of options, reported as usage errors that name the option.</summary>
internal static class OptionChecks
{
    public static void AtLeast(int least, params Option[] options) => Between(least, int.MaxValue, options);

    /// <summary>Adds bounds to options with whole numbers. The parser refuses other texts.</summary>
    public static void Between(int least, int most, params Option[] options)
    {
        foreach (Option option in options)
        {
            option.Validators.Add(result =>
            {
                if (result.Tokens is not [{ Value: string text }]) return;
                if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value))
                    return;
                if (value < least) result.AddError($"{option.Name} must be at least {least}, not {value}");
                if (value > most) result.AddError($"{option.Name} must be at most {most}, not {value}");
            });
        }
    }
}
