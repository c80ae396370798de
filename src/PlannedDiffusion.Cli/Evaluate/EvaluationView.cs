using PlannedDiffusion.Cli.Shared.Streams;
using Spectre.Console;

namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>Shows progress and time left: a bar on a terminal, or lines at intervals in a log.</summary>
internal sealed class EvaluationView(Terminal terminal)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    public Task ShowAsync(Func<Action<EvaluationProgress>, Task> run) =>
        terminal.ErrorIsInteractive && terminal.MovesCursor ? BarAsync(run) : LinesAsync(run);

    /// <summary>The progress as readable text.</summary>
    public static string Text(EvaluationProgress progress)
    {
        string left = progress.Left is { } time ? $", {Duration(time)} left" : "";
        string cell = progress.Cell.Length > 0 ? $", {progress.Cell}" : "";
        return $"{progress.Done} of {progress.Total} answers{left}{cell}";
    }

    private static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 90 } => $"{Math.Ceiling(time.TotalSeconds):0} s",
        { TotalMinutes: < 90 } => $"{Math.Ceiling(time.TotalMinutes):0} min",
        _ => $"{time.TotalHours:0.0} h",
    };

    private async Task BarAsync(Func<Action<EvaluationProgress>, Task> run)
    {
        var settings = new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.ErrorScreen) };
        IAnsiConsole console = AnsiConsole.Create(settings);
        await console.Progress().AutoClear(true)
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn())
            .StartAsync(async bars =>
            {
                ProgressTask bar = bars.AddTask("loading");
                await run(progress =>
                {
                    bar.MaxValue = progress.Total;
                    bar.Value = progress.Done;
                    bar.Description = Markup.Escape(Text(progress));
                });
            });
    }

    private async Task LinesAsync(Func<Action<EvaluationProgress>, Task> run)
    {
        TimeProvider clock = terminal.Clock;
        long last = clock.GetTimestamp();
        await run(progress =>
        {
            if (clock.GetElapsedTime(last) < Pause) return;
            last = clock.GetTimestamp();
            terminal.Error.WriteLine(Text(progress));
        });
    }
}
