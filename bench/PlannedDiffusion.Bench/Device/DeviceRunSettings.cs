using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Bench.Device;

/// <summary>The settings of a run, from any command.</summary>
internal sealed record DeviceRunSettings(string[] Groups, string Shape)
{
    public string[] Workloads { get; init; } = [];

    public string? Tokenizer { get; init; }

    public int? Requests { get; init; }

    public GenerationOptions Decoding { get; init; } = ReplayBench.Options;

    public bool Overlap { get; init; } = true;

    public string? Table { get; init; }

    public string? ProductTable { get; init; }

    public required int Repetitions { get; init; }

    public required bool Json { get; init; }

    public required string? Out { get; init; }
}
