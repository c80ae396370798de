namespace PlannedDiffusion.Engine;

/// <summary>
/// How long steps take, by the number of their rows, as measured in the steps that ran; and the rows that a step may
/// have for that reason. Adding a time allocates nothing.
/// </summary>
/// <param name="stretch">The most time of a step, in units of a step of one row.</param>
internal sealed class MeasuredSteps(double stretch)
{
    /// <summary>Rows of a step before enough is known: few enough for a CPU, a span or two.</summary>
    public const int UnknownBudget = 64;

    /// <summary>The times of a bucket that count. Their median does not see a step that was disturbed.</summary>
    private const int Kept = 9;

    /// <summary>Steps after which the time of a bucket beyond the budget is forgotten.</summary>
    private const int Memory = 2000;

    /// <summary>Steps of more rows say what rows cost.</summary>
    private const int FewRows = 16;

    /// <summary>
    /// A step of one row is not measured while there are always many writers. Then the least stand for it, if they are
    /// no more than this; of more, half the time does.
    /// </summary>
    private const int ManyWriters = 64;

    private const int ShortSpan = 32;

    private static readonly int[] Buckets =
        [1, 2, 4, 8, 16, 32, 64, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896, 1024];

    private readonly double[] _samples = new double[Buckets.Length * Kept]; // seconds
    private readonly int[] _counts = new int[Buckets.Length];
    private readonly double[] _medians = new double[Buckets.Length]; // 0: not known
    private readonly long[] _last = new long[Buckets.Length]; // the number of its last step
    private long _steps;

    /// <summary>The rows that a step may have while somebody writes token by token.</summary>
    public int Budget { get; private set; } = UnknownBudget;

    /// <summary>
    /// True if not even a short span is within the budget. Then a step of several takes as long as several steps.
    /// </summary>
    public bool RowsAreDear { get; private set; }

    /// <summary>The bucket of a number of rows; negative beyond the last. Steps of one take about as long.</summary>
    public static int BucketOf(int rows)
    {
        int index = Array.BinarySearch(Buckets, rows);
        if (index < 0) index = ~index;
        return index < Buckets.Length ? index : -1;
    }

    /// <summary>A step of so many rows took so long.</summary>
    public void Add(int rows, TimeSpan time)
    {
        int bucket = BucketOf(rows);
        if (rows < 1 || bucket < 0 || time <= TimeSpan.Zero) return;
        _samples[(bucket * Kept) + (_counts[bucket] % Kept)] = time.TotalSeconds;
        _counts[bucket]++;
        _last[bucket] = ++_steps;
        Span<double> sorted = stackalloc double[Kept];
        sorted = sorted[..Math.Min(Kept, _counts[bucket])];
        _samples.AsSpan(bucket * Kept, sorted.Length).CopyTo(sorted);
        sorted.Sort();
        _medians[bucket] = sorted[sorted.Length / 2];
        if (_steps % 64 == 0) Forget();
        Decide();
    }

    /// <summary>Seconds of a step of a bucket; infinite if nothing can be said.</summary>
    private double Seconds(int bucket)
    {
        if (_medians[bucket] > 0) return _medians[bucket];
        int below = Known(bucket - 1, -1), above = Known(bucket + 1, 1);
        if (below < 0) return _medians[above] / (Buckets[above] <= ManyWriters ? 1 : 2);
        if (above < 0)
        {
            above = below; // on the line from half as many rows to the last, but not far
            while (below >= 0 && (_medians[below] <= 0 || Buckets[below] > Buckets[above] / 2)) below--;
            if (below < 0 || Buckets[bucket] > 2 * Buckets[above]) return double.PositiveInfinity;
        }

        double slope = (_medians[above] - _medians[below]) / (Buckets[above] - Buckets[below]);
        return _medians[below] + (Math.Max(0, slope) * (Buckets[bucket] - Buckets[below]));
    }

    private int Known(int bucket, int direction)
    {
        while (bucket >= 0 && bucket < Buckets.Length && _medians[bucket] <= 0) bucket += direction;
        return bucket < Buckets.Length ? bucket : -1;
    }

    private void Decide()
    {
        double one = Seconds(0);
        int last = Known(Buckets.Length - 1, -1);
        if (last <= 0 || Known(last - 1, -1) < 0) return; // one bucket says nothing
        int most = Buckets.Length - 1;
        while (most > 0 && Seconds(most) > stretch * one) most--;
        // The next one is not known, only guessed: that is for a step to tell.
        if (_medians[most] > 0 && most + 1 < Buckets.Length && _medians[most + 1] <= 0) most++;
        Budget = Buckets[last] <= FewRows ? Math.Max(UnknownBudget, Buckets[most]) : Buckets[most];
        RowsAreDear = Budget < ShortSpan;
    }

    /// <summary>Forgets what is out of the question by times that may no longer be true.</summary>
    private void Forget()
    {
        for (int bucket = BucketOf(Budget) + 1; bucket < Buckets.Length; bucket++)
        {
            if (_medians[bucket] <= 0 || _steps - _last[bucket] <= Memory) continue;
            _medians[bucket] = 0;
            _counts[bucket] = 0;
        }
    }
}
