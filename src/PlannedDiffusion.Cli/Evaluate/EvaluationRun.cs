using System.Diagnostics;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Reports;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>The progress of a run.</summary>
internal readonly record struct EvaluationProgress(int Done, int Total, string Cell, TimeSpan? Left);

/// <summary>
/// Makes the answers that a journal lacks. All cells answer a prompt before the next one, so that a change of the
/// machine's speed affects all cells.
/// </summary>
internal sealed class EvaluationRun(
    PlannedDiffusionEngine engine,
    IReadOnlyList<EvaluationPrompt> prompts,
    IReadOnlyList<EvaluationCell> cells,
    EvaluationJournal journal)
{
    public async Task CompleteAsync(Action<EvaluationProgress> progress, CancellationToken cancellation)
    {
        int total = prompts.Count * cells.Count;
        var left = new TimeLeft(cells.Select(cell => cell.Name), prompts.Count);
        foreach (EvaluationAnswer answer in journal.Answers.Values) left.Note(answer.Cell, answer.LatencySeconds);
        if (left.AnswersLeft > 0) await WarmUpAsync(cancellation);
        for (int prompt = 0; prompt < prompts.Count; prompt++)
        {
            foreach (EvaluationCell cell in cells)
            {
                if (journal.Answers.ContainsKey((cell.Name, prompt))) continue;
                progress(new EvaluationProgress(total - left.AnswersLeft, total, cell.Name, left.Estimate()));
                EvaluationAnswer answer = await AnswerAsync(cell, prompt, cancellation);
                journal.Add(answer);
                left.Note(cell.Name, answer.LatencySeconds);
            }
        }

        progress(new EvaluationProgress(total, total, "", TimeSpan.Zero));
    }

    private async Task<EvaluationAnswer> AnswerAsync(EvaluationCell cell, int prompt, CancellationToken cancellation)
    {
        var request = GenerationRequest.FromUser(prompts[prompt].Instruction, cell.Options);
        long start = Stopwatch.GetTimestamp();
        try
        {
            GenerationResult result = await engine.CompleteAsync(request, cancellation);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            UsageReport usage = ResultReports.Usage(result, cell.Options.Decoding, engine.Tokenizer);
            PathReport path = ResultReports.Path(result, usage);
            return new EvaluationAnswer(
                cell.Name,
                prompt,
                result.PublishedText,
                seconds,
                path.Passes,
                path.Stages.ToDictionary(stage => stage.Key, stage => stage.Value.Passes),
                usage.Answer,
                ResultReports.Finish(result.Finish),
                null);
        }
        catch (Exception e) when (e is ArgumentException or RunnerCapacityException or PlanFormatException
            or BrokenLogitsException)
        {
            // Another try would fail, too: the prompt is too long, the plan is malformed, or the logits are broken.
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            return new EvaluationAnswer(
                cell.Name, prompt, "", seconds, 0, new Dictionary<string, int>(), 0, ["failed"],
                OptionMessages.Of(e));
        }
    }

    // Without this, the first answers would include just-in-time compilation and cold memory.
    private async Task WarmUpAsync(CancellationToken cancellation)
    {
        foreach (EvaluationCell cell in cells)
        {
            var few = cell.Options with { MaxNewTokens = 16 };
            try
            {
                await engine.CompleteAsync(GenerationRequest.FromUser("Hello", few), cancellation);
            }
            catch (Exception e) when (e is ArgumentException or RunnerCapacityException or PlanFormatException
                or BrokenLogitsException)
            {
                // Each answer of this cell will report it.
            }
        }
    }
}
