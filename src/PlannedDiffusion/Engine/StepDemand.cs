using PlannedDiffusion.Decoding;

namespace PlannedDiffusion.Engine;

/// <summary>What a running request asks of the next step, and its place among others.</summary>
internal sealed class StepDemand
{
    /// <summary>The parts of its next pass.</summary>
    public PassSelection Parts { get; set; } = null!;

    /// <summary>When it arrived, moved by its priority; a timestamp of the engine's clock.</summary>
    public long Arrival { get; set; }

    /// <summary>Its number in the order of arrival.</summary>
    public long Number { get; set; }

    /// <summary>Its part of the engine.</summary>
    public Share Share { get; set; } = Share.None;

    /// <summary>When the units that it asks for could be computed first; null if it asks for none.</summary>
    public long? Since { get; set; }

    /// <summary>True if its units are spans, or a core that denoises.</summary>
    public bool HasUnits => Parts.Count > 0 || (Parts.Core > 0 && !Parts.Writes);

    /// <summary>True if a step takes nothing of it; false for a pass without rows, which needs none.</summary>
    public bool IsLeftOut => Parts is { Taken: 0, IsComplete: false };

    /// <summary>True if it writes a token in the next step.</summary>
    public bool Writes => Parts is { Writes: true, Lead: 0 };
}
