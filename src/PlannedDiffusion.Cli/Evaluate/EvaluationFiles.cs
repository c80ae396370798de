using System.Text.Json;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>The files that a complete run writes: the answers of each cell, and the frontier.</summary>
internal static class EvaluationFiles
{
    public static void Write(
        string folder,
        IReadOnlyList<EvaluationPrompt> prompts,
        IReadOnlyList<EvaluationCell> cells,
        IReadOnlyDictionary<(string Cell, int Prompt), EvaluationAnswer> answers,
        FrontierReport report)
    {
        string answersFolder = Path.Combine(folder, "answers");
        Directory.CreateDirectory(answersFolder);
        foreach (EvaluationCell cell in cells)
        {
            IEnumerable<string> lines = Enumerable.Range(0, prompts.Count)
                .Select(i => Answer(prompts[i], answers[(cell.Name, i)]))
                .Select(answer => JsonSerializer.Serialize(answer, EvaluationJson.Readable.AlpacaAnswer));
            Replace(Path.Combine(answersFolder, cell.Name + ".json"), $"[\n{string.Join(",\n", lines)}\n]\n");
        }

        string json = JsonSerializer.Serialize(report, EvaluationJson.Readable.FrontierReport);
        Replace(Path.Combine(folder, "frontier.json"), json + "\n");
        Replace(Path.Combine(folder, "frontier.csv"), FrontierText.Csv(report.Cells));
        Replace(Path.Combine(folder, "frontier.md"), FrontierText.Markdown(report));
        string? svg = null;
        if (report.Cells.Any(cell => cell.FactsTotal > 0))
        {
            string name = VisibleText.OneLine(report.Model.Name); // XML cannot express control characters
            svg = FrontierFigure.Svg($"{name}: {report.PromptCount} prompts", report.Cells);
            Replace(Path.Combine(folder, "frontier.svg"), svg);
        }

        Replace(Path.Combine(folder, "frontier.html"), FrontierText.Html(report, svg));
    }

    private static AlpacaAnswer Answer(EvaluationPrompt prompt, EvaluationAnswer answer) => new(
        prompt.Instruction,
        answer.Output,
        answer.Cell,
        prompt.Dataset,
        answer.LatencySeconds,
        answer.CriticalPath,
        answer.Tokens,
        string.Join(", ", answer.Finish));

    /// <summary>Writes atomically: the file is complete or unchanged, even if the process is killed.</summary>
    private static void Replace(string path, string text)
    {
        string other = path + ".new";
        File.WriteAllText(other, text);
        File.Move(other, path, overwrite: true);
    }
}
