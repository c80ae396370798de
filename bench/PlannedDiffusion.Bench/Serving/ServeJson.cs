using System.Text.Json.Serialization;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Bench.Serving;

/// <summary>The JSON of <c>pd-bench serve</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ServeReport))]
[JsonSerializable(typeof(OverloadReport))]
[JsonSerializable(typeof(SoakReport))]
internal sealed partial class ServeJson : JsonSerializerContext
{
    /// <summary>The JSON format of printed reports.</summary>
    public static ServeJson Readable { get; } = new(ReadableJson.Options());
}
