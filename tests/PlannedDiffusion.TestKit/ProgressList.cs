using PlannedDiffusion.Models;

namespace PlannedDiffusion.TestKit;

/// <summary>Keeps all reports in order.</summary>
public sealed class ProgressList : IProgress<LoadProgress>
{
    /// <summary>The reports.</summary>
    public List<LoadProgress> Reports { get; } = [];

    /// <inheritdoc/>
    public void Report(LoadProgress value) => Reports.Add(value);
}
