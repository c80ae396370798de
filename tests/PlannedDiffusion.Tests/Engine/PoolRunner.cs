using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>A runner with room for so many positions in total.</summary>
internal sealed class PoolRunner(IModelRunner inner, int positions) : ForwardingRunner(inner)
{
    private readonly Dictionary<int, int> _taken = [];

    public override int OpenSequence(int capacity)
    {
        int left = positions - _taken.Values.Sum();
        if (capacity > left) throw new RunnerCapacityException($"{capacity} positions needed, {left} left.");
        int sequence = base.OpenSequence(capacity);
        _taken.Add(sequence, capacity);
        return sequence;
    }

    public override void CloseSequence(int sequence)
    {
        _taken.Remove(sequence);
        base.CloseSequence(sequence);
    }
}
