using System.Text.Json.Serialization;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Bench.Device;

/// <summary>The JSON of <c>pd-bench cuda</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DeviceBenchReport))]
internal sealed partial class DeviceJson : JsonSerializerContext
{
    /// <summary>The JSON format of printed reports.</summary>
    public static DeviceJson Readable { get; } = new(ReadableJson.Options());
}
