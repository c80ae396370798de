using PlannedDiffusion.Cli.Shared.Reports;

namespace PlannedDiffusion.Bench.Serving;

/// <summary>
/// The result of <c>pd-bench serve --soak</c>: clients that ask without a pause. <c>MemoryGrowth</c> is the mean of the
/// last third of the samples over that of the middle third.
/// </summary>
internal sealed record SoakReport(
    string Kind,
    OriginReport Origin,
    string Server,
    double Minutes,
    int Clients,
    int Answered,
    int Failed,
    double MemoryGrowth,
    int HandlesFirst,
    int HandlesLast,
    IReadOnlyList<SoakSample> Samples);

/// <summary>A moment of a soak.</summary>
/// <param name="Seconds">Since its begin.</param>
/// <param name="Memory">Bytes of the server.</param>
/// <param name="Handles">Its open files and sockets.</param>
/// <param name="Answered">Answers so far.</param>
internal sealed record SoakSample(double Seconds, long Memory, int Handles, int Answered);
