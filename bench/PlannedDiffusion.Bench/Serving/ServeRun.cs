using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Bench.Serving;

/// <summary>Goodput and latency by the number of clients, for several ways to decode.</summary>
internal static class ServeRun
{
    /// <summary>The way that the others are compared with.</summary>
    public const string Single = "ar";

    /// <summary>Measures all cells, the ways in turn.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="questions">The questions.</param>
    /// <param name="ways">The ways to decode, by name; the first is <see cref="Single"/>.</param>
    /// <param name="clients">The numbers of clients, in order.</param>
    /// <param name="answers">Answers of a cell.</param>
    /// <param name="measured">Told of each cell.</param>
    /// <param name="cancellation">Ends the run.</param>
    public static async Task<IReadOnlyList<ServeCellReport>> MeasureAsync(
        PlannedDiffusionEngine engine,
        IReadOnlyList<string> questions,
        IReadOnlyList<KeyValuePair<string, GenerationOptions>> ways,
        IReadOnlyList<int> clients,
        int answers,
        Action<ServeCellReport> measured,
        CancellationToken cancellation)
    {
        var load = new ServeLoad(engine, questions);
        foreach ((_, GenerationOptions options) in ways) // a warm-up
            await load.RunAsync(options, 1, Math.Min(20, questions.Count), cancellation);
        (IReadOnlyList<ServedAnswer> single, _) =
            await load.RunAsync(ways[0].Value, 1, questions.Count, cancellation);
        Dictionary<int, TimeSpan> alone = single.ToDictionary(answer => answer.Question, answer => answer.Whole);
        var cells = new List<ServeCellReport>();
        foreach (int count in clients)
        {
            foreach ((string name, GenerationOptions options) in ways)
            {
                (IReadOnlyList<ServedAnswer> all, TimeSpan time) =
                    await load.RunAsync(options, count, Math.Max(answers, 8 * count), cancellation);
                ServeCellReport cell = Cell(name, count, all, time, alone);
                cells.Add(cell);
                measured(cell);
            }
        }

        return cells;
    }

    /// <summary>
    /// The clients from which on a way gives fewer answers a second; 0 for never more, null for always.
    /// </summary>
    public static int? PaysBelow(IReadOnlyList<ServeCellReport> cells, string way)
    {
        ServeCellReport[] own = [.. cells.Where(cell => cell.Way == way).OrderBy(cell => cell.Clients)];
        ServeCellReport? first = own.FirstOrDefault(cell => cell.AnswersPerSecond < cells.First(
            other => other.Way == Single && other.Clients == cell.Clients).AnswersPerSecond);
        return first is null ? null : first == own[0] ? 0 : first.Clients;
    }

    private static ServeCellReport Cell(
        string name, int clients, IReadOnlyList<ServedAnswer> all, TimeSpan time, Dictionary<int, TimeSpan> alone)
    {
        int good = all.Count(answer => answer.Whole <= 2 * alone[answer.Question]);
        return new ServeCellReport(
            name,
            clients,
            all.Count,
            Math.Round(all.Count / time.TotalSeconds, 3),
            Math.Round(good / time.TotalSeconds, 3),
            Math.Round(all.Average(answer => answer.Whole.TotalSeconds), 6),
            Quantiles.Of(all.Where(answer => answer.Plan is not null).Select(answer => answer.Plan!.Value)),
            Quantiles.Of(all.Select(answer => answer.First))!,
            Quantiles.Of(all.Select(answer => answer.Whole))!);
    }
}
