using PlannedDiffusion.Models;

namespace PlannedDiffusion.Bench.Virtual;

/// <summary>What a table of step times was measured with.</summary>
/// <param name="Name">The device's name, a part of <see cref="Engine.PlannedDiffusionEngine.Device"/>.</param>
/// <param name="Config">The shape.</param>
internal sealed record MeasuredDevice(string Name, ModelConfig Config);
