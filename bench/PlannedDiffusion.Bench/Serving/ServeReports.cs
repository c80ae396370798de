using PlannedDiffusion.Cli.Shared.Reports;

namespace PlannedDiffusion.Bench.Serving;

/// <summary>
/// The result of <c>pd-bench serve</c>. <c>PlanningPaysBelow</c>: the clients from which on a way gives fewer answers a
/// second than one token at a time, by way; 0 if it never gives more, null if it always does.
/// </summary>
internal sealed record ServeReport(
    string Kind,
    OriginReport Origin,
    string Device,
    ModelReport Model,
    int Questions,
    IReadOnlyDictionary<string, int?> PlanningPaysBelow,
    IReadOnlyList<ServeCellReport> Cells);

/// <summary>
/// So many clients, each of which asks again as soon as it has its answer. Times in seconds. An answer is good if it
/// takes at most twice what it takes alone, one token at a time.
/// </summary>
internal sealed record ServeCellReport(
    string Way,
    int Clients,
    int Answers,
    double AnswersPerSecond,
    double GoodAnswersPerSecond,
    double MeanSeconds,
    QuantileReport? Plan,
    QuantileReport First,
    QuantileReport Whole);

/// <summary>Times that 50, 95 and 99 % do not exceed.</summary>
internal sealed record QuantileReport(double P50, double P95, double P99);
