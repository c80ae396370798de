namespace PlannedDiffusion.Cli.Profile;

/// <summary>
/// A profile as a trace. All runs of a request begin at time 0, so that they can be compared. Each way of decoding has
/// a track of stages, a track of passes (in device time if that was measured), and one for each span of its rounds.
/// </summary>
internal static class ProfileTrace
{
    public static TraceFile Of(ProfileReport report)
    {
        var events = new List<TraceEvent>();
        foreach ((int i, ProfiledRequestReport request) in report.Requests.Index())
        {
            events.Add(Meta("process_name", i + 1, 0, new TraceArguments { Name = $"{i + 1}: {request.Name}" }));
            events.Add(Meta("process_sort_index", i + 1, 0, new TraceArguments { Place = i + 1 }));
            var tracks = new Tracks(events, i + 1);
            foreach (ProfiledRunReport run in request.Runs) Add(tracks, run, report.Clock);
        }

        return new TraceFile(events, "ms", new TraceOrigin(report.Device, report.Clock));
    }

    private static void Add(Tracks tracks, ProfiledRunReport run, string clock)
    {
        int stages = tracks.Open($"{run.Decoder}: stages"), passes = tracks.Open($"{run.Decoder}: passes ({clock})");
        PassColumns all = run.Passes;
        for (int first = 0, end; first < all.Stage.Count; first = end)
        {
            for (end = first + 1; end < all.Stage.Count && all.Stage[end] == all.Stage[first];) end++;
            double until = all.Start[end - 1] + all.Seconds[end - 1];
            TraceArguments arguments = Rows(all, first, end) with { Passes = end - first };
            tracks.Slice(stages, all.Stage[first], "stage", all.Start[first], until - all.Start[first], arguments);
        }

        for (int i = 0; i < all.Stage.Count; i++)
        {
            tracks.Slice(passes, all.Stage[i], "pass", all.Start[i], all.Seconds[i], Rows(all, i, i + 1) with
            {
                HostMicroseconds = Microseconds(all.Host[i]),
                IdleMicroseconds = Microseconds(all.Idle[i]),
                Clock = all.Clock[i],
            });
        }

        // Rounds follow one another: the first span of each can share a track.
        int[] spans = [.. Enumerable.Range(0, run.Rounds.Select(round => round.Spans.Count).DefaultIfEmpty().Max())
            .Select(span => tracks.Open($"{run.Decoder}: span {span + 1}"))];
        foreach (ProfiledRoundReport round in run.Rounds)
        {
            foreach ((int i, ProfiledSpanReport span) in round.Spans.Index())
            {
                var arguments = new TraceArguments { Passes = span.CompletedAtStep, Tokens = span.Length };
                tracks.Slice(spans[i], span.Topic, "span", span.Start, span.Seconds, arguments);
            }
        }
    }

    /// <summary>The rows of some passes, and the number of drafted and kept tokens if there were drafts.</summary>
    private static TraceArguments Rows(PassColumns all, int first, int end)
    {
        Range passes = first..end;
        int drafted = all.Drafted.Take(passes).Sum();
        return new TraceArguments
        {
            Rows = all.Rows.Take(passes).Sum(rows => (long)rows),
            Drafted = drafted > 0 ? drafted : null,
            Kept = drafted > 0 ? all.Kept.Take(passes).Sum() : null,
        };
    }

    private static TraceEvent Meta(string name, int process, int thread, TraceArguments arguments) =>
        new(name, "M", process, thread) { Arguments = arguments };

    private static double Microseconds(double seconds) => Math.Round(1e6 * seconds, 1);

    private sealed class Tracks(List<TraceEvent> events, int process)
    {
        private int _count;

        public int Open(string name)
        {
            _count++;
            events.Add(Meta("thread_name", process, _count, new TraceArguments { Name = name }));
            events.Add(Meta("thread_sort_index", process, _count, new TraceArguments { Place = _count }));
            return _count;
        }

        public void Slice(
            int track, string name, string category, double start, double seconds, TraceArguments arguments)
        {
            double from = Microseconds(start);
            events.Add(new TraceEvent(name, "X", process, track)
            {
                Category = category,
                Start = from,
                Duration = Math.Round(Microseconds(start + seconds) - from, 1),
                Arguments = arguments,
            });
        }
    }
}
