using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>The requested policy. A part that was not given is null.</summary>
/// <param name="Name">One of <see cref="PolicyName"/>.</param>
/// <param name="Threshold">Its threshold.</param>
/// <param name="Factor">Its factor.</param>
internal readonly record struct PolicyChoice(string? Name, float? Threshold = null, float? Factor = null)
{
    /// <summary>Combines the choice with a preset. A null policy in the result stands for the preset's own.</summary>
    /// <exception cref="UsageException">A number is out of range, or the policy does not have it.</exception>
    public (Preset Preset, UnmaskPolicy? Policy) Beside(Preset preset)
    {
        // The policy certain without a threshold is the fast preset, which has a threshold for each decoder.
        bool fast = preset == Preset.Fast || Name == PolicyName.Certain;
        string? name = Name ?? (fast ? PolicyName.Certain : null);
        Check(name);
        return (fast ? Preset.Fast : Preset.Published, name switch
        {
            null => null,
            PolicyName.Certain => Threshold is { } threshold ? new CertainUnmasking(threshold) : null,
            PolicyName.Factor => Factor is { } factor ? new FactorUnmasking(factor) : new FactorUnmasking(),
            PolicyName.Threshold => Threshold is { } held ? new ThresholdUnmasking(held) : new ThresholdUnmasking(),
            PolicyName.MaxProb => new ScheduledUnmasking(ConfidenceKind.Probability),
            PolicyName.Margin => new ScheduledUnmasking(ConfidenceKind.Margin),
            _ => new ScheduledUnmasking(),
        });
    }

    private void Check(string? name)
    {
        if (Factor is not null && name != PolicyName.Factor)
            throw new UsageException($"{KnobTable.Factor.Option} is part of {KnobTable.Policy.Option} factor");
        if (Factor is not (null or (> 0 and < float.PositiveInfinity)))
            throw new UsageException($"{KnobTable.Factor.Option} must be a finite number above 0");
        if (Threshold is null) return;
        if (Threshold is not (>= 0 and <= 1))
            throw new UsageException($"{KnobTable.Threshold.Option} must be between 0 and 1");
        if (name is not (PolicyName.Certain or PolicyName.Threshold)) throw ThresholdIsOfNoUse();
        if (name == PolicyName.Certain && Threshold == 0)
            throw new UsageException($"{KnobTable.Threshold.Option} must be above 0, because every token reaches 0");
    }

    /// <summary>The error for a threshold without a policy that has one.</summary>
    public static UsageException ThresholdIsOfNoUse() => new(
        $"{KnobTable.Threshold.Option} is part of {KnobTable.Policy.Option} certain or threshold, or of " +
        $"{KnobTable.Preset.Option} fast");
}
