using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Requests;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cli.Shared;

/// <summary>
/// Loads an engine for one request at a time. Shows progress on a terminal, and prints notes on what is missing unless
/// quiet.
/// </summary>
internal static class ModelLoader
{
    public static async Task<PlannedDiffusionEngine> LoadAsync(
        string folder,
        RunnerChoice device,
        RunnerRoom room,
        Terminal terminal,
        CancellationToken cancellation,
        bool quiet = false)
    {
        ModelConfig config = ModelConfigFile.Read(Path.Combine(folder, ModelConfigFile.Name));
        RunnerLimits limits = room.Limits(config);
        PlannedDiffusionEngine engine;
        using (var line = LoadingLine.On(terminal))
        {
            EngineOptions options = device.EngineOptions(limits, line);
            // Loading cannot be interrupted. A cancellation does not wait for it.
            engine = await Task.Run(() => PlannedDiffusionEngine.Load(folder, options), cancellation)
                .WaitAsync(cancellation);
        }

        if (quiet) return engine;
        Tell(terminal, engine.Notes);
        if (room.Note(config) is { } note) Tell(terminal, [note]);
        return engine;
    }

    /// <summary>Prints notes, one line each.</summary>
    public static void Tell(Terminal terminal, IEnumerable<string> notes)
    {
        foreach (string note in notes) terminal.Error.WriteLine($"note: {VisibleText.OneLine(note)}");
    }
}
