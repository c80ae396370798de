using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>Quality against time and passes: the results of each cell, and the cells that no other beats.</summary>
internal static class Frontier
{
    private const string PlanStage = "plan", DenoiseStage = "denoise";

    public static IReadOnlyList<FrontierCell> Of(
        IReadOnlyList<EvaluationPrompt> prompts,
        IReadOnlyList<EvaluationCell> cells,
        IReadOnlyDictionary<(string Cell, int Prompt), EvaluationAnswer> answers)
    {
        EvaluationAnswer[] Made(EvaluationCell cell) => [.. Enumerable.Range(0, prompts.Count)
            .Where(i => answers.ContainsKey((cell.Name, i))).Select(i => answers[(cell.Name, i)])];
        EvaluationAnswer[]? one = cells.FirstOrDefault(cell =>
            cell.Options.Decoding is AutoregressiveOptions { PromptLookup: false })
            is { } other ? Made(other) : null;
        FrontierCell[] all = [.. cells.Select(cell => Summary(cell, prompts, Made(cell), one))];
        return [.. all.Select(cell => cell with
        {
            BestForLatency = cell.FactsTotal > 0 && !all.Any(beaten => Beats(beaten, cell, c => c.MeanSeconds)),
            BestForPasses = cell.FactsTotal > 0 && !all.Any(beaten => Beats(beaten, cell, c => c.MeanPasses)),
        })];
    }

    /// <summary>True if one cell is at least as good in quality and cost, and better in one of them.</summary>
    public static bool Beats(FrontierCell one, FrontierCell other, Func<FrontierCell, double> cost) =>
        one.FactsTotal > 0 && one.Share >= other.Share && cost(one) <= cost(other)
        && (one.Share > other.Share || cost(one) < cost(other));

    private static FrontierCell Summary(
        EvaluationCell cell,
        IReadOnlyList<EvaluationPrompt> prompts,
        EvaluationAnswer[] answers,
        EvaluationAnswer[]? autoregressive)
    {
        int total = answers.Sum(answer => prompts[answer.Prompt].Facts?.Count ?? 0);
        int right = answers.Sum(answer => FactCheck.CountRight(prompts[answer.Prompt], answer.Output));
        WilsonInterval interval = WilsonInterval.Of(right, total);
        double[] seconds = [.. answers.Select(answer => answer.LatencySeconds).Order()];
        double Mean(Func<EvaluationAnswer, double> value) => answers.Length == 0 ? 0 : answers.Average(value);
        return new FrontierCell
        {
            Name = cell.Name,
            Decoder = DecoderName.Of(cell.Options.Decoding).Text,
            Answers = answers.Length,
            Failed = answers.Count(answer => answer.Error is not null),
            Failure = answers.FirstOrDefault(answer => answer.Error is not null) is { } failed
                ? $"prompt {failed.Prompt + 1}: {failed.Error}" : null,
            Cut = answers.Count(answer => answer.Error is null && answer.Finish is not ["completed"]),
            FactsRight = right,
            FactsTotal = total,
            Share = total == 0 ? 0 : (double)right / total,
            Low = interval.Low,
            High = interval.High,
            MeanSeconds = Mean(answer => answer.LatencySeconds),
            MedianSeconds = Percentile(seconds, 0.5),
            P95Seconds = Percentile(seconds, 0.95),
            MeanPasses = Mean(answer => answer.CriticalPath),
            MeanPlanPasses = Mean(answer => answer.Stages.GetValueOrDefault(PlanStage)),
            MeanDenoisePasses = Mean(answer => answer.Stages.GetValueOrDefault(DenoiseStage)),
            MeanTokens = Mean(answer => answer.Tokens),
            TokensPerPass = PerPass(answers),
            PassRatio = Ratio(autoregressive, answers, answer => answer.CriticalPath),
            TimeRatio = Ratio(autoregressive, answers, answer => answer.LatencySeconds),
        };
    }

    private static double PerPass(EvaluationAnswer[] answers)
    {
        int passes = answers.Sum(answer => answer.CriticalPath);
        return passes == 0 ? 0 : (double)answers.Sum(answer => answer.Tokens) / passes;
    }

    /// <summary>The autoregressive sum over all prompts, divided by this cell's.</summary>
    private static double? Ratio(
        EvaluationAnswer[]? autoregressive, EvaluationAnswer[] own, Func<EvaluationAnswer, double> value) =>
        autoregressive is null || own.Sum(value) == 0 ? null : autoregressive.Sum(value) / own.Sum(value);

    /// <summary>The smallest value that at least this share of the values does not exceed.</summary>
    private static double Percentile(double[] sorted, double share) =>
        sorted.Length == 0 ? 0 : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
}
