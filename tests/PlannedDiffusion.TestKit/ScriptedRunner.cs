using PlannedDiffusion.Forward;

namespace PlannedDiffusion.TestKit;

/// <summary>
/// A runner with scripted autoregressive tokens. So a random model writes plans that end, and the decoder has to read
/// them.
/// </summary>
/// <param name="inner">The runner that computes everything else; owned.</param>
/// <param name="tokenAt">The token of a position; null for the model's.</param>
public sealed class ScriptedRunner(IModelRunner inner, Func<int, int?> tokenAt) : ForwardingRunner(inner)
{
    /// <inheritdoc/>
    public override void Forward(ForwardStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        base.Forward(step);
        foreach (UnmaskGroup group in step.Unmask)
        {
            if (group.Rule != UnmaskRule.All) continue;
            for (int p = group.Positions.Start; p < group.Positions.End; p++)
            {
                if (tokenAt(p) is { } token) WriteTokens(group.Sequence, p, [token]);
            }
        }
    }
}
