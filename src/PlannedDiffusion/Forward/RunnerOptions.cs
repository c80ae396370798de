using PlannedDiffusion.Models;

namespace PlannedDiffusion.Forward;

/// <summary>Options of every runner. Each kind of runner has further options of its own.</summary>
public sealed record RunnerOptions
{
    /// <summary>
    /// Limits of one step and one sequence, for which memory is reserved at once. Null for up to 4 sequences at a time
    /// with up to 2048 positions each, or the model's positions if it has fewer.
    /// </summary>
    public RunnerLimits? Limits { get; init; }

    /// <summary>
    /// Threads that compute a step; 0 for the number of physical cores. A runner on a GPU ignores it.
    /// </summary>
    public int Threads { get; init; }

    /// <summary>
    /// Type of the weights' matrices, and on a GPU also of activations, keys and values. Null for bf16 on a GPU. On the
    /// CPU null keeps stored bf16 and packs everything else as f32; activations, keys and values are always f32 there.
    /// </summary>
    public Precision? Precision { get; init; }

    /// <summary>Receives the number of bytes of weights that are in the runner's own layout, on its device.</summary>
    public IProgress<LoadProgress>? Progress { get; init; }

    /// <summary>
    /// True to measure each step on the device; see <see cref="IModelRunner.StepClock"/>. A runner whose steps end
    /// before <see cref="IModelRunner.Forward"/> returns, such as the CPU's, has no such clock and needs none.
    /// </summary>
    public bool TimeSteps { get; init; }

    /// <summary>The limits for a model: the requested ones, or the defaults.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A limit is outside its range. The message names it.</exception>
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
