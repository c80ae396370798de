using System.Text.Json.Serialization;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Cli.Profile;

/// <summary>The JSON of <c>pd profile</c>: its report, and the trace.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ProfileReport))]
[JsonSerializable(typeof(TraceFile))]
internal sealed partial class ProfileJson : JsonSerializerContext
{
    /// <summary>The JSON format of printed reports.</summary>
    public static ProfileJson Readable { get; } = new(ReadableJson.Options());
}
