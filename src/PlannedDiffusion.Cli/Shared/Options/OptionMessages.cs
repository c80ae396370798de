using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>What the library refuses, in terms of the options that were typed.</summary>
internal static class OptionMessages
{
    /// <summary>The same options, if each is within its range.</summary>
    /// <exception cref="UsageException">One is not.</exception>
    public static GenerationOptions Checked(GenerationOptions options)
    {
        try
        {
            options.Validate();
        }
        catch (ArgumentException e)
        {
            throw Refused(e);
        }

        return options;
    }

    /// <summary>The engine's refusal of a property, in terms of the option that sets it.</summary>
    public static UsageException Refused(ArgumentException refusal) => new(Of(refusal));

    /// <summary>Why the engine refuses a request or has no answer to it, in terms of options.</summary>
    public static string Of(Exception refusal)
    {
        if (refusal is not ArgumentException e) return InOptions(refusal.Message);
        string message = Messages.Of(e);
        return e.ParamName is { } property && KnobTable.OptionOf(property) is { } option
            && message.StartsWith(property + ' ', StringComparison.Ordinal)
            ? option + InOptions(message[property.Length..])
            : InOptions(message);
    }

    // The two that bound a request's length, by which others explain themselves.
    private static string InOptions(string message)
    {
        message = message.Replace($"{nameof(RunnerLimits)}.", "", StringComparison.Ordinal);
        foreach (Knob knob in (Knob[])[KnobTable.MaxLength, KnobTable.MaxNewTokens])
        {
            foreach (string property in knob.Properties)
                message = message.Replace(property, knob.Option, StringComparison.Ordinal);
        }

        return message;
    }
}
