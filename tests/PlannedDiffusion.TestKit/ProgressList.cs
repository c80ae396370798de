using PlannedDiffusion.Models;

namespace PlannedDiffusion.TestKit;

/// <summary>Keeps every report, at once and in order.</summary>
public sealed class ProgressList : IProgress<LoadProgress>
{
    /// <summary>What was reported.</summary>
    public List<LoadProgress> Reports { get; } = [];

    /// <inheritdoc/>
    public void Report(LoadProgress value) => Reports.Add(value);
}
