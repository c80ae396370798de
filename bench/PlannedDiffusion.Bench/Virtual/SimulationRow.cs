namespace PlannedDiffusion.Bench.Virtual;

/// <summary>A row of a simulated table. Times in seconds, whatever is not a time as its name says.</summary>
/// <param name="Section">The table.</param>
/// <param name="Times">The step times.</param>
/// <param name="Variant">What differs between its rows.</param>
/// <param name="Load">The load.</param>
internal sealed record SimulationRow(string Section, string Times, string Variant, string Load)
{
    /// <summary>The numbers, as means over seeds.</summary>
    public required IReadOnlyDictionary<string, double> Numbers { get; init; }

    /// <summary>Their standard deviations over seeds.</summary>
    public IReadOnlyDictionary<string, double> Deviations { get; init; } = new Dictionary<string, double>();

    /// <summary>What was expected, where something was.</summary>
    public IReadOnlyDictionary<string, double>? Predicted { get; init; }

    /// <summary>Its name among predictions.</summary>
    public string Key => string.Join(" | ", Section, Times, Variant, Load);
}
