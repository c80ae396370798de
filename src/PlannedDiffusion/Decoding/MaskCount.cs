using PlannedDiffusion.Models;

namespace PlannedDiffusion.Decoding;

/// <summary>
/// The masks of a range, counted after each pass; a pass behind where the runner runs ahead. Each pass reveals at least
/// one.
/// </summary>
internal sealed class MaskCount(Sequence sequence, TokenRange range, int masks)
{
    private PendingRead? _unread; // after the last pass

    /// <summary>Masks left, as far as known.</summary>
    public int Left { get; private set; } = masks;

    /// <summary>True if the last pass is not counted: its successor may find nothing to do.</summary>
    public bool IsBehind => _unread is not null;

    /// <summary>
    /// Notes that a pass over the range has been asked for. False if nothing was left for it: it is taken back.
    /// </summary>
    public bool NotePass()
    {
        if (!sequence.RunsAhead)
        {
            sequence.ReadBack(range);
            Left = sequence.CountMasks(range);
            return true;
        }

        Take();
        if (Left == 0)
        {
            sequence.TakeBackPass();
            return false;
        }

        _unread = sequence.BeginRead(range, sequence.Passes.Count);
        if (Left == 1) Take(); // it was revealed by this pass
        return true;
    }

    private void Take()
    {
        if (_unread is not { } read) return;
        _unread = null;
        sequence.EndRead(read);
        Left = sequence.CountMasks(range);
    }
}
