using System.Text.Json.Serialization;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Bench.Host;

/// <summary>The JSON of CPU benchmarks.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(OpBenchReport))]
[JsonSerializable(typeof(StepBenchReport))]
internal sealed partial class HostJson : JsonSerializerContext
{
    /// <summary>The JSON format of printed reports.</summary>
    public static HostJson Readable { get; } = new(ReadableJson.Options());
}
