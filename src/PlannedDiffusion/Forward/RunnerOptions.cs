using PlannedDiffusion.Models;

namespace PlannedDiffusion.Forward;

/// <summary>How any runner is built. What only one kind of runner knows is in options of its own.</summary>
public sealed record RunnerOptions
{
    /// <summary>
    /// What one step and one sequence may hold; memory for them is reserved at once. Null for up to 4 sequences at a
    /// time, of up to 2048 positions each, or of those of the model if it has fewer.
    /// </summary>
    public RunnerLimits? Limits { get; init; }

    /// <summary>
    /// Threads that compute a step; 0 for as many as there are physical cores. A runner that computes its steps on a
    /// GPU has no use for them.
    /// </summary>
    public int Threads { get; init; }

    /// <summary>
    /// Type of the weights' matrices and, on a GPU, of activations, keys and values as well. Null for bf16 on a GPU; on
    /// the CPU for bf16 as it is stored, and f32 for all else. On the CPU activations, keys and values are always f32.
    /// </summary>
    public Precision? Precision { get; init; }

    /// <summary>Told how many bytes of weights are in the runner's own layout, on its device.</summary>
    public IProgress<LoadProgress>? Progress { get; init; }

    /// <summary>
    /// True to measure on the device when it runs each step: <see cref="IModelRunner.StepClock"/>. A runner whose steps
    /// are over when <see cref="IModelRunner.Forward"/> returns, as the CPU's, has no such clock and needs none.
    /// </summary>
    public bool TimeSteps { get; init; }

    /// <summary>The limits for a model: those that were asked for, or the usual ones.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is outside its range; the message names it.</exception>
    public RunnerLimits LimitsFor(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        RunnerLimits limits = Limits
            ?? new RunnerLimits { MaxSequences = 4, MaxPositions = Math.Min(2048, config.MaxPositions) };
        return limits.For(config);
    }

    /// <summary>Checks what does not depend on a model.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A field is outside its range; the message names both.</exception>
    internal void Validate()
    {
        if (Threads < 0) throw Refused(nameof(Threads), Threads, "at least 0");
        if (Precision is { } precision && !Enum.IsDefined(precision))
            throw Refused(nameof(Precision), precision, "one of the precisions");
    }

    private static ArgumentOutOfRangeException Refused<T>(string name, T value, string range) =>
        new(name, $"{name} is {value}; it must be {range}.");
}
