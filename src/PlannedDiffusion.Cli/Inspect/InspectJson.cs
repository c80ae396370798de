using System.Text.Json.Serialization;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Cli.Inspect;

/// <summary>The JSON of <c>pd inspect</c> and <c>pd tokenize</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(InspectReport))]
[JsonSerializable(typeof(TokenizeReport))]
[JsonSerializable(typeof(long[]))]
internal sealed partial class InspectJson : JsonSerializerContext
{
    /// <summary>The JSON format of printed reports.</summary>
    public static InspectJson Readable { get; } = new(ReadableJson.Options());
}
