using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Generate;

/// <summary>Shows decoding as lines of text: for files, pipes, and terminals that cannot move the cursor.</summary>
/// <param name="writer">Where to write it.</param>
/// <param name="level">What to show besides the answer.</param>
/// <param name="screen">
/// The terminal behind the writer. Drafted tokens of a streamed answer are dimmed on it. Null writes plain text.
/// </param>
internal sealed class TextView(TextWriter writer, ViewLevel level, TextWriter? screen = null)
{
    private const string Dim = "\e[2m", Bright = "\e[22m";

    private bool _streamed;

    public async Task<GenerationResult> ShowAsync(IAsyncEnumerable<GenerationEvent> events)
    {
        GenerationResult? result = null;
        try
        {
            await foreach (GenerationEvent happened in events)
            {
                if (happened is Completed completed) result = completed.Result;
                else Show(happened);
            }
        }
        finally
        {
            if (_streamed) writer.WriteLine(); // also before the message of a failure
        }

        if (_streamed) return result!;
        if (level > ViewLevel.Answer) writer.WriteLine();
        writer.WriteLine(result!.Text);
        return result;
    }

    private void Show(GenerationEvent happened)
    {
        switch (happened)
        {
            case TextDelta delta:
                if (delta.Drafted && screen is not null)
                    screen.Write($"{Dim}{VisibleText.Lines(delta.Text)}{Bright}");
                else writer.Write(delta.Text);
                _streamed = true;
                break;
            case PlanReady plan when level >= ViewLevel.Plan:
                string spans = string.Join(", ", plan.Spans.Select(span => $"{OneLine(span.Topic)} ({span.Length})"));
                writer.WriteLine($"plan {plan.Round + 1}: {spans}; {plan.PlannedSteps} steps");
                break;
            case SpanProgress span when level >= ViewLevel.Steps:
                writer.WriteLine($"step {span.Step}, span {span.Span + 1}, {span.Revealed}/{span.Length}: " +
                    OneLine(span.Text));
                break;
            case SpanCompleted span when level >= ViewLevel.Plan:
                writer.WriteLine($"step {span.Step}, span {span.Span + 1} complete: {OneLine(span.Text)}");
                break;
            default:
                return;
        }

        writer.Flush(); // readers of a pipe see each event at once
    }

    private static string OneLine(string text) => VisibleText.OneLine(text.ReplaceLineEndings(" ").Trim());
}
