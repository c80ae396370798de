using PlannedDiffusion.Forward;

namespace PlannedDiffusion.TestKit;

/// <summary>A device's clock with step times that a test has written.</summary>
public sealed class WrittenSteps : IStepClock
{
    private readonly Dictionary<long, StepTime> _times = [];

    /// <inheritdoc/>
    public long Steps { get; private set; }

    /// <summary>Adds a step without a time.</summary>
    public void Queue() => Steps++;

    /// <summary>Sets the time of a step.</summary>
    public void Write(long step, long begin, long end) => _times[step] = new StepTime(begin, end);

    /// <inheritdoc/>
    public bool TryGetTime(long step, out StepTime time) => _times.TryGetValue(step, out time);
}
