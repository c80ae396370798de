using PlannedDiffusion.Cli.Devices;
using PlannedDiffusion.Cli.Views;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cli;

/// <summary>Loads an engine for one request at a time, showing progress where a person waits.</summary>
internal static class ModelLoader
{
    private const int DefaultPositions = 1024;

    /// <summary>On the CPU.</summary>
    public static Task<PlannedDiffusionEngine> LoadAsync(
        string folder, int threads, int? positions, Terminal terminal, CancellationToken cancellation) =>
        LoadAsync(folder, RunnerChoice.Cpu(threads), positions, terminal, cancellation);

    public static async Task<PlannedDiffusionEngine> LoadAsync(
        string folder, RunnerChoice device, int? positions, Terminal terminal, CancellationToken cancellation)
    {
        ModelConfig config = ModelConfigFile.Read(Path.Combine(folder, ModelConfigFile.Name));
        var limits = new RunnerLimits
        {
            MaxSequences = 1,
            MaxPositions = positions ?? Math.Min(DefaultPositions, config.MaxPositions),
        };
        using LoadingLine? line = terminal.ErrorIsInteractive ? new LoadingLine(terminal.Error) : null;
        var options = new EngineOptions { RunnerFactory = weights => device.Create(weights, limits, line) };
        // Loading itself cannot be interrupted; whoever does so need not wait for it.
        return await Task.Run(() => PlannedDiffusionEngine.Load(folder, options), cancellation)
            .WaitAsync(cancellation);
    }
}
