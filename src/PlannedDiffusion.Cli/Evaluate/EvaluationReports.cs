using System.Text.Json.Serialization;
using PlannedDiffusion.Cli.Shared.Reports;

namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>
/// An entry of an answers file in the format of the public tool <c>alpaca_eval</c>, with latency, passes and tokens.
/// </summary>
internal sealed record AlpacaAnswer(
    [property: JsonPropertyName("instruction")] string Instruction,
    [property: JsonPropertyName("output")] string Output,
    [property: JsonPropertyName("generator")] string Generator,
    [property: JsonPropertyName("dataset")]
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Dataset,
    [property: JsonPropertyName("latency_seconds")] double LatencySeconds,
    [property: JsonPropertyName("critical_path")] int CriticalPath,
    [property: JsonPropertyName("tokens")] int Tokens,
    [property: JsonPropertyName("finish")] string Finish);

/// <summary>The result of <c>pd eval</c>.</summary>
internal sealed record FrontierReport(
    string Kind,
    OriginReport Origin,
    string Device,
    ModelReport Model,
    string Prompts,
    int PromptCount,
    IReadOnlyDictionary<string, string> Settings,
    IReadOnlyList<FrontierCell> Cells,
    IReadOnlyList<SystemArea> Systems);

/// <summary>A system: all cells of one decoder.</summary>
/// <param name="Decoder">Name of the decoder.</param>
/// <param name="AccuracyUnderParallelism">The area under weighted accuracy over tokens per pass.</param>
/// <param name="Cells">The cells on the curve above the area, from the fewest tokens per pass to the most.</param>
internal sealed record SystemArea(string Decoder, double AccuracyUnderParallelism, IReadOnlyList<string> Cells);

/// <summary>
/// The results of a cell: quality with its 95 % interval, times, passes, and how they compare with autoregressive
/// decoding.
/// </summary>
internal sealed record FrontierCell
{
    public required string Name { get; init; }

    public required string Decoder { get; init; }

    public required int Answers { get; init; }

    /// <summary>Number of prompts without an answer, such as those that are too long.</summary>
    public required int Failed { get; init; }

    /// <summary>Why the first of these prompts has no answer; null if all have one.</summary>
    public string? Failure { get; init; }

    /// <summary>Number of answers that a limit cut short.</summary>
    public required int Cut { get; init; }

    public required int FactsRight { get; init; }

    public required int FactsTotal { get; init; }

    /// <summary>Right facts over all facts; 0 if none are expected.</summary>
    public required double Share { get; init; }

    public required double Low { get; init; }

    public required double High { get; init; }

    public required double MeanSeconds { get; init; }

    public required double MedianSeconds { get; init; }

    public required double P95Seconds { get; init; }

    public required double MeanPasses { get; init; }

    public required double MeanPlanPasses { get; init; }

    public required double MeanDenoisePasses { get; init; }

    /// <summary>Mean tokens of an answer's text.</summary>
    public required double MeanTokens { get; init; }

    /// <summary>Tokens of all answers over passes of all answers.</summary>
    public required double TokensPerPass { get; init; }

    /// <summary>Passes of autoregressive decoding over those of this cell; null if no cell is autoregressive.</summary>
    public required double? PassRatio { get; init; }

    /// <summary>The same ratio of times.</summary>
    public required double? TimeRatio { get; init; }

    /// <summary>True if no other cell is at least as good in quality and time, and better in one.</summary>
    public bool BestForLatency { get; init; }

    /// <summary>True if no other cell is at least as good in quality and passes, and better in one.</summary>
    public bool BestForPasses { get; init; }
}
