using System.Text.Json.Serialization;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>The JSON of <c>pd eval</c>: its report, its journal and the answers.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AlpacaAnswer))]
[JsonSerializable(typeof(EvaluationAnswer))]
[JsonSerializable(typeof(EvaluationJournalHeader))]
[JsonSerializable(typeof(FrontierReport))]
internal sealed partial class EvaluationJson : JsonSerializerContext
{
    /// <summary>The JSON format of printed reports.</summary>
    public static EvaluationJson Readable { get; } = new(ReadableJson.Options());
}
