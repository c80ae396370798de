using System.Text.Json.Serialization;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Cli.Generate;

/// <summary>The JSON of <c>pd generate</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(GenerateReport))]
internal sealed partial class GenerateJson : JsonSerializerContext
{
    /// <summary>The JSON format of printed reports.</summary>
    public static GenerateJson Readable { get; } = new(ReadableJson.Options());
}
