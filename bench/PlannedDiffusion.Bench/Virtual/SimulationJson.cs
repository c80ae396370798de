using System.Text.Json.Serialization;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Bench.Virtual;

/// <summary>The JSON of <c>pd-bench simulate</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SimulationReport))]
[JsonSerializable(typeof(SimulationPredictions))]
internal sealed partial class SimulationJson : JsonSerializerContext
{
    /// <summary>The JSON format of printed reports.</summary>
    public static SimulationJson Readable { get; } = new(ReadableJson.Options());
}
