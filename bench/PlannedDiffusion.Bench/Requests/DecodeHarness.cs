using System.Diagnostics;
using PlannedDiffusion.Cli.Shared.Reports;
using PlannedDiffusion.Cli.Shared.Requests;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Bench.Requests;

/// <summary>
/// Times whole requests with both decoders in turn, so that a change of the machine's speed affects both.
/// </summary>
internal sealed class DecodeHarness(PlannedDiffusionEngine engine, int repetitions)
{
    public async Task<DecodeCaseReport> MeasureAsync(MeasuredRequest measured, CancellationToken cancellation)
    {
        GenerationOptions options = measured.Request.Options;
        GenerationRequest request = options.Decoding is AutoregressiveOptions own
            ? measured.Autoregressive(measured.AnswerTokens, own.PromptLookup) : measured.For(options.Decoding);
        GenerationRequest against = measured.Autoregressive(measured.AnswerTokens);
        var decoded = new Run[repetitions];
        var autoregressive = new Run[repetitions];
        // The first run is a warm-up for compilation and cold memory, and is not counted.
        for (int i = -1; i < repetitions; i++)
        {
            Run one = await RunAsync(request, cancellation);
            Run other = await RunAsync(against, cancellation);
            if (i >= 0) (decoded[i], autoregressive[i]) = (one, other);
        }

        DecodeRunReport left = Report(decoded, request.Options.Decoding);
        DecodeRunReport right = Report(autoregressive, against.Options.Decoding);
        return new DecodeCaseReport(
            measured.Name, left, right, (double)right.Passes / left.Passes, right.MedianSeconds / left.MedianSeconds);
    }

    public static DecodeSummaryReport Summary(IReadOnlyList<DecodeCaseReport> cases)
    {
        double passes = cases.Sum(c => c.Decoded.Passes), seconds = cases.Sum(c => c.Decoded.MedianSeconds);
        double otherPasses = cases.Sum(c => c.Autoregressive.Passes);
        double otherSeconds = cases.Sum(c => c.Autoregressive.MedianSeconds);
        return new DecodeSummaryReport(
            otherPasses / passes, otherSeconds / seconds, 1e3 * seconds / passes, 1e3 * otherSeconds / otherPasses);
    }

    private async Task<Run> RunAsync(GenerationRequest request, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        GenerationResult result = await engine.CompleteAsync(request, cancellation);
        return new Run(result, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private DecodeRunReport Report(Run[] runs, DecodingOptions decoding)
    {
        Array.Sort(runs, (a, b) => a.Seconds.CompareTo(b.Seconds));
        Run median = runs[runs.Length / 2];
        UsageReport usage = ResultReports.Usage(median.Result, decoding, engine.Tokenizer);
        PathReport path = ResultReports.Path(median.Result, usage);
        return new DecodeRunReport(
            usage.Generated,
            usage.Answer,
            path.Passes,
            path.Rows,
            median.Seconds,
            runs[(int)Math.Ceiling(0.95 * runs.Length) - 1].Seconds,
            1e3 * median.Seconds / path.Passes,
            path.Stages);
    }

    private readonly record struct Run(GenerationResult Result, double Seconds);
}
