using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>A step takes a millisecond, and so many more for each row.</summary>
internal sealed class TimedRunner(IModelRunner inner, ManualTime time, int perRow) : ForwardingRunner(inner)
{
    public override void Forward(ForwardStep step)
    {
        time.Advance(TimeSpan.FromMilliseconds(1 + (perRow * step.RowCount)));
        base.Forward(step);
    }
}
