using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Hub;
using Spectre.Console;

namespace PlannedDiffusion.Cli.Pull;

/// <summary>Shows how far a download is: a bar for people, a line for each file and now and then for logs.</summary>
internal sealed class PullView(Terminal terminal)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    public Task ShowAsync(Func<IProgress<PullProgress>, Task> run) =>
        terminal.ErrorIsInteractive && terminal.MovesCursor ? BarAsync(run) : run(new Lines(terminal));

    private async Task BarAsync(Func<IProgress<PullProgress>, Task> run)
    {
        var settings = new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.ErrorScreen) };
        IAnsiConsole console = AnsiConsole.Create(settings);
        await console.Progress().AutoClear(true)
            .Columns(
                new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn(),
                new RemainingTimeColumn(), new TaskDescriptionColumn())
            .StartAsync(async bars => await run(new Bar(bars.AddTask("asking the hub"))));
    }

    private sealed class Bar(ProgressTask bar) : IProgress<PullProgress>
    {
        public void Report(PullProgress value)
        {
            bar.MaxValue = Math.Max(1, value.Total);
            bar.Value = value.Done;
            bar.Description = Markup.Escape(VisibleText.OneLine(value.Waiting ?? value.File));
        }
    }

    private sealed class Lines(Terminal terminal) : IProgress<PullProgress>
    {
        private long _last = terminal.Clock.GetTimestamp();
        private string? _waiting;
        private (string File, long Size) _told;

        public void Report(PullProgress value)
        {
            if (value.Waiting is { } reason && reason != _waiting) Write(reason);
            _waiting = value.Waiting ?? _waiting;
            bool isComplete = value.File.Length > 0 && value.FileDone == value.FileSize;
            if (isComplete && _told != (value.File, value.FileSize))
            {
                _told = (value.File, value.FileSize);
                Write($"{value.File}, {Units.Bytes(value.FileSize)}");
            }
            else if (terminal.Clock.GetElapsedTime(_last) >= Pause)
            {
                Write($"{value.File}: {Units.Bytes(value.Done)} of {Units.Bytes(value.Total)} are here");
            }
        }

        private void Write(string line)
        {
            _last = terminal.Clock.GetTimestamp();
            terminal.Error.WriteLine(VisibleText.OneLine(line));
        }
    }
}
