using System.Text.Json;
using System.Text.Unicode;

namespace PlannedDiffusion.Files;

/// <summary>
/// Reads every JSON file of a checkpoint. It must be UTF-8, with or without a byte order mark. Names used twice, deep
/// nesting and lone surrogates, which JSON can spell as <c>\ud800</c>, are refused.
/// </summary>
internal static class StrictJson
{
    private const int MaxDepth = 16;

    /// <summary>Parses a document. All of its names and strings can be read without an exception.</summary>
    /// <exception cref="JsonException">It is not such a document. The message names the line.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> json)
    {
        if (json.Span.StartsWith("\uFEFF"u8)) json = json[3..];
        if (json.Span.TrimStart(" \t\r\n"u8).IsEmpty) throw new JsonException("line 1: nothing, the file is empty");
        RequireUtf8(json.Span);
        RequirePairs(json.Span);
        try
        {
            return JsonDocument.Parse(
                json, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
        }
        catch (JsonException e)
        {
            // The reader appends the line to its text, and counts from 0.
            string reason = e.Message.Split(" LineNumber:")[0];
            throw e.LineNumber is null ? e : new JsonException($"line {e.LineNumber + 1}: {reason}", e);
        }
    }

    /// <summary>Requires that bytes are UTF-8.</summary>
    /// <exception cref="JsonException">They are not; the message names the line.</exception>
    public static void RequireUtf8(ReadOnlySpan<byte> text)
    {
        if (Utf8.IsValid(text)) return;
        int line = 1;
        foreach (Range part in text.Split((byte)'\n'))
        {
            if (!Utf8.IsValid(text[part])) throw new JsonException($"line {line}: not valid UTF-8");
            line++;
        }
    }

    // The parser accepts lone surrogates, and a string with one throws whenever it is read.
    private static void RequirePairs(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf(@"\ud"u8) < 0 && json.IndexOf(@"\uD"u8) < 0) return;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                    reader.GetString();
            }
        }
        catch (InvalidOperationException e)
        {
            int line = 1 + json[..(int)reader.TokenStartIndex].Count((byte)'\n');
            throw new JsonException($"line {line}: half of a surrogate pair, which is no text", e);
        }
        catch (JsonException)
        {
            // The parser has the better message.
        }
    }
}
