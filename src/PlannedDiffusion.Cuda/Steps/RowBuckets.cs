namespace PlannedDiffusion.Cuda.Steps;

/// <summary>
/// Numbers of rows that graphs are captured for; a step runs in the smallest that holds it. Close enough together that
/// little is computed for nothing, few enough that all of a workload's graphs are soon there.
/// </summary>
internal sealed class RowBuckets
{
    // Above 128 rows a step is bound by arithmetic and takes as long as its bucket has rows: no more than a quarter of
    // them is added. Graphs are captured when a bucket is first met, so one that is not costs nothing.
    private static readonly int[] Ladder =
    [
        1, 2, 4, 8, 16, 32, 64, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896, 1024,
    ];

    private readonly int[] _sizes;

    /// <param name="most">The last bucket's size.</param>
    /// <param name="withNone">True if zero has a bucket of its own.</param>
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

    /// <summary>Index of the smallest bucket that holds so many.</summary>
    public int IndexOf(int count)
    {
        int index = 0;
        while (_sizes[index] < count) index++;
        return index;
    }
}
