using System.Globalization;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Bench.Virtual;

/// <summary>Numbers over the requests of one simulation, or their means over several. Times in seconds.</summary>
internal sealed record LoadSummary
{
    /// <summary>The names of the numbers, in order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "whole50", "whole95", "whole99", "whole", "plan50", "plan95", "plan99", "first50", "first95", "first99",
        "queue50", "queue95", "queue99", "gap50", "gap95", "gap99", "gapMost", "good", "answersPerSecond", "planned",
        "refused", "retryAfter",
    ];

    private readonly Dictionary<string, double> _values;

    private LoadSummary(Dictionary<string, double> values) => _values = values;

    /// <summary>A number by its name; null if there is nothing that it could be of.</summary>
    public double? this[string name] =>
        _values.TryGetValue(name, out double value) && !double.IsNaN(value) ? value : null;

    /// <summary>The numbers that there are.</summary>
    public IReadOnlyDictionary<string, double> Known() =>
        Names.Where(name => this[name] is not null).ToDictionary(name => name, name => Short(this[name]!.Value));

    /// <summary>Sums up answers. The first tenth does not count: the load must build up.</summary>
    /// <param name="all">The requests.</param>
    /// <param name="times">Tells how long each takes alone.</param>
    /// <param name="last">The last answers, which do not count for the rate: the load has ended before.</param>
    public static LoadSummary Of(IReadOnlyList<VirtualAnswer> all, StepTimes times, int last = 0)
    {
        VirtualAnswer[] kept = [.. all.OrderBy(answer => answer.Arrival).Skip(all.Count / 10)];
        VirtualAnswer[] answers = [.. kept.Where(answer => answer.Error is null)];
        var values = new Dictionary<string, double>();
        Add("whole", answers.Select(answer => answer.Whole));
        Add("plan", answers.Where(answer => answer.Plan is not null).Select(answer => answer.Plan!.Value));
        Add("first", answers.Select(answer => answer.First));
        Add("queue", answers.Select(answer => answer.Queued));
        Add("gap", all.SelectMany(answer => answer.Gaps));
        values["whole"] = answers.Select(answer => answer.Whole.TotalSeconds).DefaultIfEmpty(double.NaN).Average();
        values["gapMost"] = all.SelectMany(answer => answer.Gaps).DefaultIfEmpty().Max().TotalSeconds;
        values["good"] = kept.Count(one => one.Error is null && one.Whole <= 2 * one.Request.Alone(times))
            / (double)Math.Max(1, kept.Length);
        values["answersPerSecond"] = Rate([.. all.Where(answer => answer.Error is null)], last);
        values["planned"] = answers.Count(one => one.Plan is not null) / (double)Math.Max(1, answers.Length);
        EngineOverloadedException[] refused = [.. kept.Select(one => one.Error).OfType<EngineOverloadedException>()];
        values["refused"] = refused.Length / (double)Math.Max(1, kept.Length);
        values["retryAfter"] = refused.Select(one => one.RetryAfter.TotalSeconds).DefaultIfEmpty(double.NaN).Average();
        return new LoadSummary(values);

        void Add(string name, IEnumerable<TimeSpan> times)
        {
            TimeSpan[] sorted = [.. times.Order()];
            foreach (int percent in (int[])[50, 95, 99])
                values[$"{name}{percent}"] = sorted.Length > 0 ? Quantile(sorted, percent).TotalSeconds : double.NaN;
        }
    }

    /// <summary>The same with the rate of other answers.</summary>
    public LoadSummary WithRateOf(IEnumerable<VirtualAnswer> answers, int last) => new(
        new Dictionary<string, double>(_values) { ["answersPerSecond"] = Rate([.. answers], last) });

    /// <summary>The means of several.</summary>
    public static LoadSummary Mean(IReadOnlyList<LoadSummary> all) => new(Names.ToDictionary(
        name => name, name => all.Select(one => one[name] ?? double.NaN).Average()));

    /// <summary>The standard deviations over several.</summary>
    public static LoadSummary Deviation(IReadOnlyList<LoadSummary> all)
    {
        LoadSummary mean = Mean(all);
        return new LoadSummary(Names.ToDictionary(
            name => name,
            name => Math.Sqrt(all.Average(
                one => Math.Pow((one[name] ?? double.NaN) - (mean[name] ?? double.NaN), 2)))));
    }

    /// <summary>Five digits: more would be noise.</summary>
    private static double Short(double value) => double.Parse(
        value.ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static TimeSpan Quantile(TimeSpan[] sorted, int percent) =>
        sorted[Math.Max(0, (int)Math.Ceiling(percent / 100.0 * sorted.Length) - 1)];

    /// <summary>Answers a second, without the first tenth.</summary>
    private static double Rate(VirtualAnswer[] answers, int last)
    {
        TimeSpan[] ends =
        [
            .. answers.Select(answer => answer.End).Order().SkipLast(last).Skip(Math.Max(last, answers.Length / 10)),
        ];
        return ends.Length < 2 ? double.NaN : (ends.Length - 1) / (ends[^1] - ends[0]).TotalSeconds;
    }
}
