using System.Globalization;
using System.Text.Json;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Cli.Shared.Reports;

/// <summary>Makes reports of the engine's results.</summary>
internal static class ResultReports
{
    public static IReadOnlyList<string> Finish(FinishReason finish) =>
        [.. finish.ToString().Split(", ").Select(JsonNamingPolicy.CamelCase.ConvertName)];

    public static IReadOnlyList<RoundReport> Rounds(GenerationResult result) =>
        [.. result.Rounds.Select(round => new RoundReport(
            round.PlannedSteps,
            round.Steps,
            [.. round.Spans.Select(s => new SpanReport(s.Topic, s.Length, s.CompletedAtStep, s.Text))]))];

    public static UsageReport Usage(GenerationResult result, DecodingOptions decoding, Tokenizer tokenizer)
    {
        TokenUsage usage = result.Usage;
        // Autoregressive decoding writes only the text: plans, tags and padding of other decoders do not count.
        int answer = decoding is AutoregressiveOptions
            ? usage.Text : tokenizer.Encode(result.PublishedText).Length;
        return new UsageReport(usage.Prompt, usage.Plan, usage.Spans, usage.Text, usage.Generated, answer);
    }

    public static PathReport Path(GenerationResult result, UsageReport usage)
    {
        CriticalPath path = result.CriticalPath;
        IReadOnlyDictionary<DecodingStage, TimeSpan> times = path.Time();
        var stages = new Dictionary<string, StageReport>();
        foreach (IGrouping<DecodingStage, DecodingPass> stage in path.Passes.GroupBy(pass => pass.Stage))
        {
            stages.Add(JsonNamingPolicy.CamelCase.ConvertName(stage.Key.ToString()), new StageReport(
                stage.Count(),
                stage.Sum(pass => (long)pass.Rows),
                times.TryGetValue(stage.Key, out TimeSpan time) ? time.TotalSeconds : 0,
                stage.Sum(pass => pass.Drafted),
                stage.Sum(pass => pass.Kept)));
        }

        int passes = path.Passes.Length;
        return new PathReport(
            passes,
            usage.Answer + 1, // the token that ends the answer takes a pass as well
            path.Rows,
            passes == 0 ? 0 : (double)usage.Answer / passes,
            stages.Values.Sum(stage => stage.Seconds),
            stages);
    }
}
