using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Engine;
using Spectre.Console;

namespace PlannedDiffusion.Cli.Generate;

/// <summary>Shows on a terminal how the spans fill in. The complete answer then replaces them.</summary>
/// <param name="console">The terminal.</param>
/// <param name="pace">Pause after each denoise step. The engine does not wait for it.</param>
/// <param name="keep">True if the last state stays above the answer.</param>
internal sealed class LiveView(IAnsiConsole console, TimeSpan pace, bool keep)
{
    public async Task<GenerationResult> ShowAsync(
        IAsyncEnumerable<GenerationEvent> events, CancellationToken cancellation)
    {
        var board = new SpanBoard();
        LiveDisplay live = console.Live(board.Render())
            .AutoClear(!keep)
            .Overflow(VerticalOverflow.Crop)
            .Cropping(VerticalOverflowCropping.Top);
        GenerationResult result = await live.StartAsync(screen => RunAsync(board, events, screen, cancellation));
        if (keep) console.WriteLine();
        return result;
    }

    private async Task<GenerationResult> RunAsync(
        SpanBoard board,
        IAsyncEnumerable<GenerationEvent> events,
        LiveDisplayContext screen,
        CancellationToken cancellation)
    {
        GenerationResult? result = null;
        IAsyncEnumerator<GenerationEvent> reader = events.GetAsyncEnumerator(cancellation);
        await using (reader)
        {
            while (true)
            {
                // Drawing takes longer than a step of a small model. Draw only after a step, or when no event is ready.
                ValueTask<bool> next = reader.MoveNextAsync();
                if (!next.IsCompleted) screen.UpdateTarget(board.Render());
                if (!await next) break;
                if (reader.Current is Completed completed) result = completed.Result;
                if (StepOf(reader.Current) > board.Step)
                {
                    screen.UpdateTarget(board.Render());
                    await Task.Delay(pace, cancellation);
                }

                board.Apply(Visible(reader.Current));
            }
        }

        screen.UpdateTarget(board.Render());
        await Task.Delay(pace, cancellation);
        return result!;
    }

    // The model's text stands between control sequences here, and must not contain any.
    private static GenerationEvent Visible(GenerationEvent happened) => happened switch
    {
        PlanDelta plan => plan with { Text = VisibleText.OneLine(plan.Text.ReplaceLineEndings(" ")) },
        PlanReady plan => plan with
        {
            Spans = [.. plan.Spans.Select(span => span with { Topic = VisibleText.OneLine(span.Topic) })],
        },
        SpanProgress span => span with { Text = VisibleText.Lines(span.Text) },
        SpanCompleted span => span with { Text = VisibleText.Lines(span.Text) },
        _ => happened,
    };

    private static int StepOf(GenerationEvent happened) => happened switch
    {
        SpanProgress span => span.Step,
        SpanCompleted span => span.Step,
        _ => 0,
    };
}
