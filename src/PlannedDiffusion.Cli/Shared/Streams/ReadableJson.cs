using System.Text.Encodings.Web;
using System.Text.Json;

namespace PlannedDiffusion.Cli.Shared.Streams;

/// <summary>The format of printed JSON: camel-case names, and text without needless escapes.</summary>
internal static class ReadableJson
{
    /// <summary>
    /// New options, because each JSON context needs its own object. The relaxed escaping is safe because the output is
    /// never embedded in HTML.
    /// </summary>
    public static JsonSerializerOptions Options() => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
