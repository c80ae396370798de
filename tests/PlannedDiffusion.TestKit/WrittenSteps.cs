using PlannedDiffusion.Forward;

namespace PlannedDiffusion.TestKit;

/// <summary>A device's clock that knows of each step what a test has written down.</summary>
public sealed class WrittenSteps : IStepClock
{
    private readonly Dictionary<long, StepTime> _times = [];

    /// <inheritdoc/>
    public long Steps { get; private set; }

    /// <summary>A step was asked for; nothing is known of it.</summary>
    public void Queue() => Steps++;

    /// <summary>What is known of a step.</summary>
    public void Write(long step, long begin, long end) => _times[step] = new StepTime(begin, end);

    /// <inheritdoc/>
    public bool TryGetTime(long step, out StepTime time) => _times.TryGetValue(step, out time);
}
