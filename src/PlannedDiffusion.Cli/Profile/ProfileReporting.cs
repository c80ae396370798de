using System.Text.Json;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Reports;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cli.Profile;

/// <summary>Makes the reports of profiled requests.</summary>
internal static class ProfileReporting
{
    public static ProfiledRequestReport Report(ProfiledRequest request) => new(
        request.Name,
        request.Autoregressive.Result.Usage.Prompt,
        [.. request.Others.Prepend(request.Autoregressive).Select(run => Run(run, request.Autoregressive))]);

    /// <summary>The totals of each way of decoding over all requests.</summary>
    public static IReadOnlyList<ProfiledDecoderReport> Total(
        IReadOnlyList<ProfiledRequest> requests, ModelConfig config)
    {
        var total = new List<ProfiledDecoderReport>();
        for (int decoder = -1; decoder < requests[0].Others.Count; decoder++)
        {
            ProfiledRun[] runs = [.. requests.Select(one => decoder < 0 ? one.Autoregressive : one.Others[decoder])];
            var path = PathTimes.Sum([.. runs.Select(Times)]);
            var autoregressive = PathTimes.Sum(
                [.. runs.Select((run, i) => Against(run, requests[i].Autoregressive))]);
            total.Add(new ProfiledDecoderReport(
                runs[0].Way.Name,
                PolicyReport.Of(runs[0].Options, config),
                DraftKinds.Word(runs[0].Options.Decoding),
                Path(path, runs.Sum(run => run.Tokens)),
                Account(path, autoregressive)));
        }

        return total;
    }

    /// <summary>A stage's name in JSON.</summary>
    public static string Name(DecodingStage stage) => JsonNamingPolicy.CamelCase.ConvertName(stage.ToString());

    /// <summary>The clock that times the begin and end of passes.</summary>
    public static string Clock(bool onDevice) => onDevice ? "device events" : "host";

    private static ProfiledRunReport Run(ProfiledRun run, ProfiledRun autoregressive)
    {
        CriticalPath path = run.Result.CriticalPath;
        PathTimes times = Times(run);
        return new ProfiledRunReport(
            run.Way.Name,
            Path(times, run.Tokens),
            Account(times, Against(run, autoregressive)),
            path.SurplusPasses,
            Rounds(run.Result),
            new PassColumns(
                [.. path.Passes.Select(pass => Name(pass.Stage))],
                [.. path.Passes.Select(pass => pass.Rows)],
                [.. path.Passes.Select(pass => pass.Drafted)],
                [.. path.Passes.Select(pass => pass.Kept)],
                [.. path.Times.Select(time => time.Start.TotalSeconds)],
                [.. path.Times.Select(time => time.Duration.TotalSeconds)],
                [.. path.Times.Select(time => time.Host.TotalSeconds)],
                [.. path.Times.Select(time => time.Waiting.TotalSeconds)],
                [.. path.Times.Select(time => Clock(time.OnDevice))]));
    }

    private static PathTimes Times(ProfiledRun run) => new(run.Result.CriticalPath);

    /// <summary>
    /// The autoregressive times for an answer as long as that of <paramref name="run"/>: those of the first passes of
    /// the longest answer.
    /// </summary>
    private static PathTimes Against(ProfiledRun run, ProfiledRun autoregressive) =>
        new(autoregressive.Result.CriticalPath, ProfileHarness.PassesFor(run.Tokens));

    private static ProfiledPathReport Path(PathTimes times, int tokens) => new(
        tokens,
        times.Passes,
        times.Rows,
        times.Drafted,
        times.Kept,
        (double)times.Rows / times.Passes,
        (double)tokens / times.Passes,
        times.Seconds,
        times.Stages.ToDictionary(
            stage => Name(stage.Key),
            stage => new StageReport(
                stage.Value.Passes, stage.Value.Rows, stage.Value.Seconds, stage.Value.Drafted, stage.Value.Kept)),
        times.Host,
        times.Idle);

    private static ProfiledAccountReport Account(PathTimes path, PathTimes autoregressive)
    {
        var account = new CriticalPathAccount(path, autoregressive);
        return new ProfiledAccountReport(
            autoregressive.Passes,
            autoregressive.Seconds,
            account.AutoregressiveStep,
            account.StepCost,
            account.IdealSpeedup,
            account.AchievedSpeedup,
            account.IdealSeconds,
            account.Gap,
            new GapReport(account.HeavierSteps, account.Planning, account.Prefill, account.Host, account.Idle));
    }

    /// <summary>The rounds. Plan or sync passes separate the denoise passes of one round from the next.</summary>
    private static List<ProfiledRoundReport> Rounds(GenerationResult result)
    {
        CriticalPath path = result.CriticalPath;
        RoundResult[] planned = [.. result.Rounds.Where(round => round.Steps > 0)];
        var rounds = new List<ProfiledRoundReport>();
        for (int pass = 0, end; pass < path.Passes.Length; pass = end + 1)
        {
            for (end = pass; end < path.Passes.Length && path.Passes[end].Stage == DecodingStage.Denoise;) end++;
            if (end == pass) continue;
            RoundResult? round = rounds.Count < planned.Length ? planned[rounds.Count] : null;
            rounds.Add(Round(path, pass, end, round));
        }

        return rounds;
    }

    private static ProfiledRoundReport Round(CriticalPath path, int first, int end, RoundResult? round)
    {
        TimeSpan start = path.Times[first].Start;
        int steps = round?.Steps ?? end - first;
        return new ProfiledRoundReport(
            steps,
            path.Passes[first..end].Sum(pass => (long)pass.Rows),
            start.TotalSeconds,
            Until(steps),
            [.. (round?.Spans ?? []).Select(span => new ProfiledSpanReport(
                span.Topic,
                span.Length,
                span.CompletedAtStep,
                start.TotalSeconds,
                Until(span.CompletedAtStep < 0 ? steps : span.CompletedAtStep)))]);

        // A step is one pass. A step that was too large takes several; then passes are divided evenly among the steps.
        double Until(int step)
        {
            if (step == 0) return 0;
            PassTime last = path.Times[first - 1 + (int)Math.Ceiling((double)step * (end - first) / steps)];
            return (last.Start + last.Duration - start).TotalSeconds;
        }
    }
}
