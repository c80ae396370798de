using PlannedDiffusion.Cli.Shared.Requests;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Bench.Virtual;

/// <summary>What simulations have in common, and how cells become rows.</summary>
/// <param name="Tokenizer">A tokenizer with the tags of plans.</param>
/// <param name="WorkloadPath">The file of recorded requests.</param>
/// <param name="Requests">Requests of each simulation.</param>
/// <param name="Seeds">Simulations of each cell.</param>
internal sealed record SimulationPlan(Tokenizer Tokenizer, string WorkloadPath, int Requests, int Seeds)
{
    private const int FirstSeed = 100;

    private readonly Dictionary<string, LoadSummary[]> _known = [];

    /// <summary>The recorded requests.</summary>
    public IReadOnlyList<RecordedRequest> Recorded { get; } = VirtualWorkload.Read(WorkloadPath);

    /// <summary>The requests, decoded in these ways.</summary>
    public VirtualWorkload Decoded(params VirtualWay[] ways) => new(Recorded, ways);

    /// <summary>The numbers of a cell, by seed.</summary>
    public LoadSummary[] Run(VirtualCell cell) =>
        [.. Enumerable.Range(FirstSeed, Seeds).Select(seed => cell.Run(Tokenizer, Requests, seed))];

    /// <summary>The numbers of a cell that only its times, variant and load tell from others.</summary>
    public LoadSummary[] RunOnce(VirtualCell cell)
    {
        string key = $"{cell.Times.Name} {cell.Variant} {cell.Load}";
        if (!_known.TryGetValue(key, out LoadSummary[]? known)) _known.Add(key, known = Run(cell));
        return known;
    }

    /// <summary>The row of a cell.</summary>
    public SimulationRow Row(VirtualCell cell)
    {
        LoadSummary[] all = Run(cell);
        return new SimulationRow(cell.Section, cell.Times.Name, cell.Variant, cell.Load)
        {
            Numbers = LoadSummary.Mean(all).Known(),
            Deviations = LoadSummary.Deviation(all).Known(),
        };
    }
}
