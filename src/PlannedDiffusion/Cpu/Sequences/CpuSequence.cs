namespace PlannedDiffusion.Cpu.Sequences;

/// <summary>The runner's data of an open sequence.</summary>
internal sealed class CpuSequence(CpuKvCache cache, int capacity, int groups) : IDisposable
{
    private readonly long[] _rows = new long[cache.Capacity]; // stamp of the step << 32 | row of the step
    private readonly int[] _tokens = new int[cache.Capacity];
    private readonly float[] _confidences = new float[cache.Capacity];
    private readonly int[] _carry = new int[groups];
    private readonly int[] _masksLeft = new int[groups];

    /// <summary>Positions that the caller requested.</summary>
    public int Capacity { get; private set; } = capacity;

    public CpuKvCache Cache => cache;

    public Span<int> Tokens => _tokens.AsSpan(0, Capacity);

    /// <summary>The confidence of each position's candidate in the last step that ranked it.</summary>
    public Span<float> Confidences => _confidences.AsSpan(0, Capacity);

    /// <summary>The number of rejected candidates of each group, for the threshold rule.</summary>
    public Span<int> Carry => _carry;

    /// <summary>The masks left in each group after the last step that ranked it, if its rule counts them.</summary>
    public Span<int> MasksLeft => _masksLeft;

    /// <summary>Reuses the memory of a closed sequence for a new one.</summary>
    public void Reset(int capacity)
    {
        Capacity = capacity;
        cache.ClearAll();
        Array.Clear(_tokens);
        Array.Clear(_confidences);
        Array.Clear(_carry);
        Array.Clear(_masksLeft);
    }

    /// <summary>Stores the row that computes a position in a step; false if the step already has one.</summary>
    public bool TrySetRow(int position, int row, int stamp)
    {
        if (RowOf(position, stamp) >= 0) return false;
        _rows[position] = ((long)stamp << 32) | (uint)row;
        return true;
    }

    /// <summary>The row that computes a position in a step, or -1.</summary>
    public int RowOf(int position, int stamp) => (int)(_rows[position] >> 32) == stamp ? (int)_rows[position] : -1;

    public void Dispose() => cache.Dispose();
}
