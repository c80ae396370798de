using System.Text.Json;

namespace PlannedDiffusion.Cli.Shared.Streams;

/// <summary>Messages of .NET's exceptions in words for whoever typed the command.</summary>
internal static class Messages
{
    private const int MostQuoted = 400; // characters of a message that may repeat any piece of a file

    /// <summary>The message without the name of the parameter behind it.</summary>
    public static string Of(ArgumentException e) =>
        e.ParamName is { } name ? e.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : e.Message;

    /// <summary>What is wrong with a JSON text, and on which of its lines, counted from 0.</summary>
    public static (long Line, string Problem) Of(JsonException e)
    {
        const string Misses = "missing required properties including: ";
        string message = e.Message;
        int place = message.IndexOf(" Path: $", StringComparison.Ordinal); // then line and byte, or those alone
        if (place < 0) place = message.IndexOf(" LineNumber: ", StringComparison.Ordinal);
        if (message.IndexOf(Misses, StringComparison.Ordinal) is >= 0 and int missing)
            message = $"lacks {message[(missing + Misses.Length)..].TrimEnd('.')}";
        else if (message.Contains(" could not be converted to ", StringComparison.Ordinal))
            message = $"{e.Path ?? "$"} is not what belongs there";
        else if (place >= 0)
            message = message[..place];
        if (message.Length > MostQuoted) message = $"{message[..MostQuoted]}...";
        return (e.LineNumber ?? 0, VisibleText.OneLine(message.ReplaceLineEndings(" ")));
    }
}
