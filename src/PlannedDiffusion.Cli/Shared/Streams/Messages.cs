using System.Text.Json;

namespace PlannedDiffusion.Cli.Shared.Streams;

/// <summary>Rewrites messages of .NET's exceptions for users of the command line.</summary>
internal static class Messages
{
    private const int MostQuoted = 400; // characters: a message may quote any part of a file

    /// <summary>The message without the name of the parameter at its end.</summary>
    public static string Of(ArgumentException e) =>
        e.ParamName is { } name ? e.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : e.Message;

    /// <summary>The problem in a JSON text, and its line, counted from 0.</summary>
    public static (long Line, string Problem) Of(JsonException e)
    {
        const string Misses = "missing required properties including: ";
        string message = e.Message;
        int place = message.IndexOf(" Path: $", StringComparison.Ordinal); // or only line and byte
        if (place < 0) place = message.IndexOf(" LineNumber: ", StringComparison.Ordinal);
        if (message.IndexOf(Misses, StringComparison.Ordinal) is >= 0 and int missing)
            message = $"lacks {message[(missing + Misses.Length)..].TrimEnd('.')}";
        else if (message.Contains(" could not be converted to ", StringComparison.Ordinal))
            message = $"{e.Path ?? "$"} is not a valid value";
        else if (place >= 0)
            message = message[..place];
        if (message.Length > MostQuoted) message = $"{message[..MostQuoted]}...";
        return (e.LineNumber ?? 0, VisibleText.OneLine(message.ReplaceLineEndings(" ")));
    }
}
