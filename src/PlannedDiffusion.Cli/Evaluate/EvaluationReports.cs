using System.Text.Json.Serialization;
using PlannedDiffusion.Cli.Shared.Reports;

namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>An entry of an answers file, as the public <c>alpaca_eval</c> tool takes it, with what it took.</summary>
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

/// <summary>What <c>pd eval</c> found.</summary>
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

/// <summary>A system, which is all cells of one decoder.</summary>
/// <param name="Decoder">Its name.</param>
/// <param name="AccuracyUnderParallelism">The area under weighted accuracy over tokens per pass.</param>
/// <param name="Cells">The cells that bound it, from the fewest tokens per pass to the most.</param>
internal sealed record SystemArea(string Decoder, double AccuracyUnderParallelism, IReadOnlyList<string> Cells);

/// <summary>
/// A way to decode: quality with its 95 % interval, time, passes, and how these compare to one token at a time.
/// </summary>
internal sealed record FrontierCell
{
    public required string Name { get; init; }

    public required string Decoder { get; init; }

    public required int Answers { get; init; }

    /// <summary>Prompts without an answer, such as those that are too long.</summary>
    public required int Failed { get; init; }

    /// <summary>Why the first of them has none; null if all have one.</summary>
    public string? Failure { get; init; }

    /// <summary>Answers that a limit made shorter.</summary>
    public required int Cut { get; init; }

    public required int FactsRight { get; init; }

    public required int FactsTotal { get; init; }

    /// <summary>Right over total; 0 where nothing is expected.</summary>
    public required double Share { get; init; }

    public required double Low { get; init; }

    public required double High { get; init; }

    public required double MeanSeconds { get; init; }

    public required double MedianSeconds { get; init; }

    public required double P95Seconds { get; init; }

    public required double MeanPasses { get; init; }

    public required double MeanPlanPasses { get; init; }

    public required double MeanDenoisePasses { get; init; }

    /// <summary>Tokens of the answer's text.</summary>
    public required double MeanTokens { get; init; }

    /// <summary>All of these over all passes.</summary>
    public required double TokensPerPass { get; init; }

    /// <summary>Passes of one token at a time over own ones; null without such a cell.</summary>
    public required double? PassRatio { get; init; }

    /// <summary>The same for the time.</summary>
    public required double? TimeRatio { get; init; }

    /// <summary>True if no other cell is as good in less time.</summary>
    public bool BestForLatency { get; init; }

    /// <summary>True if no other cell is as good in fewer passes.</summary>
    public bool BestForPasses { get; init; }
}
