using System.Globalization;
using PlannedDiffusion.Cli.Shared.Reports;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Cli.Generate;

/// <summary>The summary of a run as readable text.</summary>
internal static class ResultText
{
    /// <summary>Writes one line each for plan, policy, passes, tokens and time.</summary>
    public static void Write(
        TextWriter writer, string decoder, FinishParts parts, ComparisonReport? autoregressive)
    {
        (IReadOnlyList<RoundReport> rounds, UsageReport usage, PathReport path, IReadOnlyList<string> finish) = parts;
        for (int i = 0; i < rounds.Count; i++)
        {
            string spans = string.Join(", ", rounds[i].Spans
                .Select(span => $"{VisibleText.OneLine(span.Topic)} ({span.Length})"));
            writer.WriteLine($"{(i == 0 ? "plan  " : "then  ")}  {spans}, {rounds[i].Steps} steps");
        }

        if (parts.Policy is { Threshold: not null } or { Factor: not null })
            writer.WriteLine($"policy  {parts.Policy.Text}");
        string stages = string.Join(" + ", path.Stages.Select(stage => $"{stage.Value.Passes} {stage.Key}"));
        int drafted = path.Stages.Values.Sum(stage => stage.Drafted);
        int kept = path.Stages.Values.Sum(stage => stage.Kept);
        string drafts = drafted == 0 ? "" : $"; {kept} of {drafted} drafts kept";
        string times = string.Join(", ", path.Stages.Select(s => $"{s.Key} {Milliseconds(s.Value.Seconds)}"));
        string perPass = path.Passes == 0 ? "" : $"; {Milliseconds(path.Seconds / path.Passes)} per pass";
        string against = decoder == "ar" ? "" : string.Create(
            CultureInfo.InvariantCulture,
            $"; one token at a time takes {path.AutoregressivePasses} for this text " +
            $"({(double)path.AutoregressivePasses / Math.Max(1, path.Passes):0.0}x)");
        writer.WriteLine($"passes  {path.Passes}: {stages}{drafts}{against}");
        writer.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"tokens  {usage.Answer} of text, {path.AnswerTokensPerPass:0.0} per pass; " +
            $"{usage.Generated} in all, {usage.Plan} of them plan"));
        writer.WriteLine($"time    {Milliseconds(path.Seconds)}: {times}{perPass}");
        if (finish is not ["completed"]) writer.WriteLine($"cut     {string.Join(", ", finish)}");
        if (autoregressive is not { } other) return;
        writer.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"ar      {other.CriticalPath.Passes} passes in {Milliseconds(other.CriticalPath.Seconds)} for " +
            $"{other.Usage.Answer} tokens of text; " +
            $"{Milliseconds(other.CriticalPath.Seconds / other.CriticalPath.Passes)} per pass; " +
            $"{other.PassRatio:0.0}x the passes, {other.TimeRatio:0.00}x the time of {decoder}"));
    }

    private static string Milliseconds(double seconds) => seconds switch
    {
        >= 10 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s"),
        >= 0.1 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e3:0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e3:0.00} ms"),
    };
}

/// <summary>The plans of a run, its usage and critical path, and how it ended.</summary>
internal sealed record FinishParts(
    IReadOnlyList<RoundReport> Rounds, UsageReport Usage, PathReport Path, IReadOnlyList<string> Finish)
{
    /// <summary>The policy that chose the masks to reveal; null if there were no masks.</summary>
    public PolicyReport? Policy { get; init; }
}
