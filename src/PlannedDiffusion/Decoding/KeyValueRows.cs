using System.Runtime.InteropServices;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding;

/// <summary>The rows of a sequence with keys and values, and the rows that wait to be computed once more.</summary>
internal sealed class KeyValueRows
{
    private readonly List<RowGroup> _history = [];
    private readonly Queue<RowGroup> _riding = new();

    /// <summary>Rows whose keys and values exist: [0, Computed).</summary>
    public int Computed { get; private set; }

    /// <summary>The number of rows that wait for a pass with room.</summary>
    public int Riding => _riding.Sum(group => group.Positions.Length);

    /// <summary>All groups so far, for passes that compute every row again.</summary>
    public ReadOnlySpan<RowGroup> History => CollectionsMarshal.AsSpan(_history);

    /// <summary>Marks the rows before <paramref name="end"/> as not pending, computed or not.</summary>
    public void SkipTo(int end) => Computed = Math.Max(Computed, end);

    /// <summary>Marks the rows from <paramref name="end"/> on as not computed.</summary>
    public void CutAt(int end) => Computed = Math.Min(Computed, end);

    /// <summary>Adds rows, for fresh keys and values, to the next pass that has room for them.</summary>
    public void LetRide(in RowGroup group) => _riding.Enqueue(group);

    /// <summary>Takes the next riding rows, if there are some and they fit.</summary>
    public bool TryTakeRiders(int room, out RowGroup group) =>
        _riding.TryPeek(out group) && group.Positions.Length <= room && _riding.TryDequeue(out group);

    /// <summary>Stores rows that every later pass computes again.</summary>
    public void Remember(in RowGroup group) => _history.Add(group);

    /// <summary>Removes the rows from <paramref name="start"/> on, where other tokens will be.</summary>
    public void Rewind(int start)
    {
        CutAt(start);
        _history.RemoveAll(group => group.Positions.Start >= start);
    }
}
