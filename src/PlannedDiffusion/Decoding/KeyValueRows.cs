using System.Runtime.InteropServices;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding;

/// <summary>
/// The keys and values of a sequence: for which rows they exist, and which rows wait to be computed once more.
/// </summary>
internal sealed class KeyValueRows
{
    private readonly List<RowGroup> _history = [];
    private readonly Queue<RowGroup> _riding = new();

    /// <summary>Rows whose keys and values exist: [0, Computed).</summary>
    public int Computed { get; private set; }

    /// <summary>Rows that wait to ride along in a pass.</summary>
    public int Riding => _riding.Sum(group => group.Positions.Length);

    /// <summary>All groups so far, for passes that compute every row.</summary>
    public ReadOnlySpan<RowGroup> History => CollectionsMarshal.AsSpan(_history);

    /// <summary>Notes that no row before <paramref name="end"/> is pending, computed or not.</summary>
    public void SkipTo(int end) => Computed = Math.Max(Computed, end);

    /// <summary>Notes that no row from <paramref name="end"/> on is computed.</summary>
    public void CutAt(int end) => Computed = Math.Min(Computed, end);

    /// <summary>Lets rows ride along, for fresh keys and values, in the next pass that has room for them.</summary>
    public void LetRide(in RowGroup group) => _riding.Enqueue(group);

    /// <summary>Takes the next riding rows, if there are some and they are no more than fit.</summary>
    public bool TryTakeRiders(int room, out RowGroup group) =>
        _riding.TryPeek(out group) && group.Positions.Length <= room && _riding.TryDequeue(out group);

    /// <summary>Notes rows that every later pass computes again.</summary>
    public void Remember(in RowGroup group) => _history.Add(group);

    /// <summary>Forgets the rows from <paramref name="start"/> on: other tokens are to stand there.</summary>
    public void Rewind(int start)
    {
        CutAt(start);
        _history.RemoveAll(group => group.Positions.Start >= start);
    }
}
