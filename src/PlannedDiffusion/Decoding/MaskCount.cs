using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding;

/// <summary>
/// The masks of a sequence's only group, counted after each pass. The count is one pass behind if the runner runs ahead
/// and the policy does not wait. Each pass reveals at least one.
/// </summary>
internal sealed class MaskCount(Sequence sequence, PassBuilder pass, UnmaskPolicy policy, int masks)
{
    private readonly bool _ahead = sequence.RunsAhead && !policy.WaitsForCounts;
    private PendingRead? _unread; // after the last pass

    /// <summary>Masks left, as far as known.</summary>
    public int Left { get; private set; } = masks;

    /// <summary>True if the last pass is not counted yet. The next pass may then find nothing to do.</summary>
    public bool IsBehind => _unread is not null;

    /// <summary>
    /// Records a requested pass that decides the group. False if no mask was left for it; then it is removed.
    /// </summary>
    public bool NotePass(in UnmaskGroup group)
    {
        if (!StepRules.Counts(group.Rule))
        {
            Left -= group.Count; // the host knows without reading
            return true;
        }

        Take();
        if (Left == 0)
        {
            pass.TakeBack();
            return false;
        }

        _unread = sequence.BeginReadMasksLeft(groups: 1);
        if (!_ahead || Left == 1) Take(); // this pass revealed the last one
        return true;
    }

    private void Take()
    {
        if (_unread is not { } read) return;
        _unread = null;
        Span<int> left = stackalloc int[1];
        sequence.EndReadMasksLeft(read, left);
        Left = left[0];
    }
}
