using System.CommandLine;
using PlannedDiffusion.Bench.Device;
using PlannedDiffusion.Bench.Host;
using PlannedDiffusion.Bench.Requests;
using PlannedDiffusion.Bench.Serving;
using PlannedDiffusion.Bench.Virtual;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Bench;

/// <summary>The command <c>pd-bench</c>: benchmarks, and checkpoints with random weights for them.</summary>
internal static class BenchCommand
{
    public const string Name = "pd-bench";

    public static RootCommand Create(Terminal terminal) => new("Measure operations, steps and whole requests.")
    {
        CheckpointCommand.Create(terminal),
        StepCommand.Create(terminal),
        DecodeCommand.Create(terminal),
        ServingCommand.Create(terminal),
        SimulateCommand.Create(terminal),
        AttentionCommand.Create(terminal, DeviceRun.AttentionAsync),
        OpsCommand.Create(terminal),
        CudaCommand.Create(terminal),
    };
}
