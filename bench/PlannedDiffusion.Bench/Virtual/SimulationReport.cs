using PlannedDiffusion.Cli.Shared.Reports;

namespace PlannedDiffusion.Bench.Virtual;

/// <summary>
/// The result of <c>pd-bench simulate</c>. Nothing in it was measured but the step times, whose sources are named: the
/// origin says where the simulation ran.
/// </summary>
internal sealed record SimulationReport(
    string Kind,
    OriginReport Origin,
    IReadOnlyDictionary<string, string> StepTimes,
    string Workload,
    int Requests,
    int Seeds,
    string? Predictions,
    IReadOnlyList<SimulationRow> Rows);
