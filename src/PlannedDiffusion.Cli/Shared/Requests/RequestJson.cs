using System.Text.Json.Serialization;

namespace PlannedDiffusion.Cli.Shared.Requests;

/// <summary>The JSON of recorded requests.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RecordedRequest))]
internal sealed partial class RequestJson : JsonSerializerContext;
