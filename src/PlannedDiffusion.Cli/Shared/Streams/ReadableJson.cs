using System.Text.Encodings.Web;
using System.Text.Json;

namespace PlannedDiffusion.Cli.Shared.Streams;

/// <summary>How JSON is printed: names in camel case, text as it is.</summary>
internal static class ReadableJson
{
    /// <summary>
    /// New options, one object for each JSON context. JSON parsers and people read what is printed; nobody puts it into
    /// HTML.
    /// </summary>
    public static JsonSerializerOptions Options() => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
