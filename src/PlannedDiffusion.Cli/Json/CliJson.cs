using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using PlannedDiffusion.Cli.Benchmarks;
using PlannedDiffusion.Cli.Evaluation;

namespace PlannedDiffusion.Cli.Json;

/// <summary>The JSON that commands print, one object on one line.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AlpacaAnswer))]
[JsonSerializable(typeof(DecodeBenchReport))]
[JsonSerializable(typeof(DeviceBenchReport))]
[JsonSerializable(typeof(EvaluationAnswer))]
[JsonSerializable(typeof(EvaluationJournalHeader))]
[JsonSerializable(typeof(FrontierReport))]
[JsonSerializable(typeof(GenerateReport))]
[JsonSerializable(typeof(InspectReport))]
[JsonSerializable(typeof(OpBenchReport))]
[JsonSerializable(typeof(ProfileReport))]
[JsonSerializable(typeof(RecordedRequest))]
[JsonSerializable(typeof(StepBenchReport))]
[JsonSerializable(typeof(TokenizeReport))]
[JsonSerializable(typeof(TraceFile))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>With text as it is: what is printed is read by JSON parsers and people, not put into HTML.</summary>
    public static CliJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
