using System.CommandLine;

namespace PlannedDiffusion.Cli.Commands;

/// <summary>Bounds of options, reported as usage errors that name the option.</summary>
internal static class OptionChecks
{
    public static void AtLeast(int least, params Option<int>[] options)
    {
        foreach (Option<int> option in options)
        {
            option.Validators.Add(result =>
            {
                try
                {
                    if (result.GetValueOrDefault<int>() < least)
                        result.AddError($"{option.Name} must be at least {least}");
                }
                catch (InvalidOperationException e)
                {
                    result.AddError(e.Message); // the value does not parse: the parser's own message
                }
            });
        }
    }
}
