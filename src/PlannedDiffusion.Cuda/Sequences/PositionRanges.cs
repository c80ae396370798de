namespace PlannedDiffusion.Cuda.Sequences;

/// <summary>
/// Allocates contiguous ranges of the pool's positions, first fit. A range that is given back joins free neighbours.
/// </summary>
internal sealed class PositionRanges
{
    private readonly (int Start, int Length)[] _free; // ascending; no two are adjacent
    private int _count;

    /// <param name="positions">All positions.</param>
    /// <param name="ranges">The most ranges that are taken at a time.</param>
    public PositionRanges(int positions, int ranges)
    {
        _free = new (int, int)[ranges + 2]; // the gaps between ranges, and one more until it is joined
        _free[0] = (0, positions);
        _count = positions > 0 ? 1 : 0;
        Total = Free = positions;
    }

    public int Total { get; }

    public int Free { get; private set; }

    /// <summary>The longest free range.</summary>
    public int Largest
    {
        get
        {
            int largest = 0;
            for (int i = 0; i < _count; i++) largest = Math.Max(largest, _free[i].Length);
            return largest;
        }
    }

    public bool TryTake(int length, out int start)
    {
        for (int i = 0; i < _count; i++)
        {
            if (_free[i].Length < length) continue;
            start = _free[i].Start;
            _free[i] = (start + length, _free[i].Length - length);
            if (_free[i].Length == 0) Remove(i);
            Free -= length;
            return true;
        }

        start = -1;
        return false;
    }

    public void Give(int start, int length)
    {
        int i = 0;
        while (i < _count && _free[i].Start < start) i++;
        Insert(i, start, length);
        if (i + 1 < _count && _free[i].Start + _free[i].Length == _free[i + 1].Start) Join(i);
        if (i > 0 && _free[i - 1].Start + _free[i - 1].Length == _free[i].Start) Join(i - 1);
        Free += length;
    }

    private void Join(int i)
    {
        _free[i].Length += _free[i + 1].Length;
        Remove(i + 1);
    }

    private void Insert(int i, int start, int length)
    {
        Array.Copy(_free, i, _free, i + 1, _count - i);
        _free[i] = (start, length);
        _count++;
    }

    private void Remove(int i)
    {
        _count--;
        Array.Copy(_free, i + 1, _free, i, _count - i);
    }
}
