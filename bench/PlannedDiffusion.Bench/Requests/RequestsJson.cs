using System.Text.Json.Serialization;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Bench.Requests;

/// <summary>The JSON of <c>pd-bench decode</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DecodeBenchReport))]
internal sealed partial class RequestsJson : JsonSerializerContext
{
    /// <summary>The JSON format of printed reports.</summary>
    public static RequestsJson Readable { get; } = new(ReadableJson.Options());
}
