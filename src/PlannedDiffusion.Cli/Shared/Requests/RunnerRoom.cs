using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cli.Shared.Requests;

/// <summary>
/// The room that a runner needs for requests. It follows from their options alone, because the runner is made before
/// prompts are encoded. The runner has room for whatever the options allow.
/// </summary>
/// <param name="Requests">The options of all requests.</param>
internal sealed record RunnerRoom(IReadOnlyList<GenerationOptions> Requests)
{
    private const int PromptPositions = 1024;

    /// <summary>The least number of positions, if some request is known to need them.</summary>
    public int Least { get; init; }

    private int? MaxLength => Requests.Max(one => one.MaxLength);

    /// <summary>The limits of the runner.</summary>
    public RunnerLimits Limits(ModelConfig config)
    {
        var limits = new RunnerLimits();
        int positions = Math.Max(Least, Positions(config));
        int rows = Math.Min(positions, Requests.Max(one => RowsInOnePass(one, config)));
        int spans = Requests.Max(one => Planned(one)?.Limits.Spans ?? 0);
        return limits with
        {
            MaxSequences = 1,
            MaxPositions = positions,
            MaxRowsPerStep = Math.Max(limits.MaxRowsPerStep, rows),
            MaxGroupsPerSequence = Math.Max(limits.MaxGroupsPerSequence, Math.Min(positions, spans)),
        };
    }

    /// <summary>A warning if the requested length exceeds the model's trained length; else null.</summary>
    public string? Note(ModelConfig config)
    {
        int positions = Limits(config).MaxPositions;
        string from = positions == MaxLength ? "--max-length asks for " : "the requests take up to ";
        return positions > config.MaxPositions
            ? $"{from}{positions} positions; the model was trained on {config.MaxPositions}, and text past " +
                "them may make no sense"
            : null;
    }

    // int.MaxValue stands for the model's limit.
    private int Positions(ModelConfig config)
    {
        if (MaxLength is { } given) return given == int.MaxValue ? config.MaxPositions : given;
        long filled = Requests.Where(FillsFixedLength).Max(one => one.MaxNewTokens) ?? 0;
        long usual = Math.Max(GenerationOptions.DefaultMaxLength, filled + PromptPositions);
        return (int)Math.Min(config.MaxPositions, usual);
    }

    /// <summary>The most rows that must be in one pass. Prompts may take several.</summary>
    private static int RowsInOnePass(GenerationOptions options, ModelConfig config)
    {
        if (FillsFixedLength(options)) return int.MaxValue;
        if (Planned(options) is not { } planned) return 1;
        bool onePass = planned.IsDense(config) || planned.Unmasking?.Scope == UnmaskScope.Round;
        int tags = 2;
        return onePass ? planned.Limits.ScaffoldTokens
            : Math.Min(planned.Limits.SpanTokens, int.MaxValue - tags) + tags;
    }

    private static PlannedOptions? Planned(GenerationOptions options) =>
        options.Decoding as PlannedOptions ?? (options.Decoding as AutoOptions)?.Planned;

    private static bool FillsFixedLength(GenerationOptions options) =>
        options.Decoding is DiffusionOptions or FastDllmOptions;
}
