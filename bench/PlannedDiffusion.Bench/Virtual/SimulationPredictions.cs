using System.Text.Json;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Bench.Virtual;

/// <summary>Numbers that were expected, by <see cref="SimulationRow.Key"/>.</summary>
/// <param name="Source">Where they come from.</param>
/// <param name="Rows">The numbers.</param>
internal sealed record SimulationPredictions(
    string Source, IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Rows)
{
    /// <summary>Reads a file of predictions.</summary>
    public static SimulationPredictions Read(string path) => JsonSerializer.Deserialize(
        InputText.ReadFile(path, "--predictions"), SimulationJson.Default.SimulationPredictions)
            ?? throw new InvalidDataException($"{path}: expected an object");

    /// <summary>The row with what was expected of it.</summary>
    public SimulationRow Beside(SimulationRow row) => row with { Predicted = Rows.GetValueOrDefault(row.Key) };
}
