using System.Diagnostics;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cli.Shared.Streams;

/// <summary>One line on a terminal while a checkpoint loads, if that takes long enough to wonder.</summary>
internal sealed class LoadingLine(TextWriter writer) : IProgress<LoadProgress>, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.4);
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly Lock _lock = new();
    private int _shown = -1;
    private bool _over;

    /// <summary>On standard error, if a person looks at it and the line can be taken back; else null.</summary>
    public static LoadingLine? On(Terminal terminal) =>
        terminal.ErrorIsInteractive && terminal.MovesCursor ? new LoadingLine(terminal.ErrorScreen) : null;

    public void Report(LoadProgress value)
    {
        int percent = value.Total == 0 ? 0 : (int)(100 * value.Done / value.Total);
        lock (_lock)
        {
            // An interrupted load goes on for a while, but nobody waits for it any more.
            if (_over || percent == _shown || Stopwatch.GetElapsedTime(_start) < Patience) return;
            _shown = percent;
            writer.Write($"\rloading weights {percent,3} %");
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _over = true;
            if (_shown >= 0) writer.Write("\r\e[K");
        }
    }
}
