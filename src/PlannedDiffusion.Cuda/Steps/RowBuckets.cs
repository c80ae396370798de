namespace PlannedDiffusion.Cuda.Steps;

/// <summary>
/// The numbers of rows that graphs are captured for. A step runs in the smallest bucket that holds it. More buckets
/// waste less computation; fewer buckets need fewer graphs.
/// </summary>
internal sealed class RowBuckets
{
    // Above 128 rows a step is bound by arithmetic, and its time grows with the rows of its bucket. So a bucket adds at
    // most a quarter to the rows. A graph is captured when its bucket is first used, so unused buckets cost nothing.
    private static readonly int[] Ladder =
    [
        1, 2, 4, 8, 16, 32, 64, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896, 1024,
    ];

    private readonly int[] _sizes;

    /// <param name="most">The size of the last bucket.</param>
    /// <param name="withNone">True if there is a bucket of zero rows.</param>
    public RowBuckets(int most, bool withNone)
    {
        List<int> sizes = withNone ? [0] : [];
        sizes.AddRange(Ladder.Where(size => size < most));
        for (int size = 2 * Ladder[^1]; size < most; size *= 2) sizes.Add(size);
        sizes.Add(most);
        _sizes = [.. sizes];
    }

    public int Count => _sizes.Length;

    public int Size(int index) => _sizes[index];

    /// <summary>The index of the smallest bucket that holds this many rows.</summary>
    public int IndexOf(int count)
    {
        int index = 0;
        while (_sizes[index] < count) index++;
        return index;
    }
}
