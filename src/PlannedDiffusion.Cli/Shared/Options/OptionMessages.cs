using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>Rewrites the library's error messages in terms of options.</summary>
internal static class OptionMessages
{
    /// <summary>Returns the options if all are within their ranges.</summary>
    /// <exception cref="UsageException">An option is out of range.</exception>
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

    /// <summary>The engine's error about a property, in terms of the option that sets it.</summary>
    public static UsageException Refused(ArgumentException refusal) => new(Of(refusal));

    /// <summary>The reason why a request failed, in terms of options.</summary>
    public static string Of(Exception refusal)
    {
        if (refusal is not ArgumentException e) return InOptions(refusal.Message);
        string message = Messages.Of(e);
        return e.ParamName is { } property && KnobTable.OptionOf(property) is { } option
            && message.StartsWith(property + ' ', StringComparison.Ordinal)
            ? option + InOptions(message[property.Length..])
            : InOptions(message);
    }

    // Messages about other properties may mention these two limits of a request's length.
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
