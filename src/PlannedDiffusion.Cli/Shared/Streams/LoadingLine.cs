using System.Diagnostics;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cli.Shared.Streams;

/// <summary>Shows progress in one line on a terminal while a checkpoint loads, unless that is quick.</summary>
internal sealed class LoadingLine(TextWriter writer) : IProgress<LoadProgress>, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.4);
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly Lock _lock = new();
    private int _shown = -1;
    private bool _over;

    /// <summary>A line on standard error; null unless that is a terminal on which the line can be erased.</summary>
    public static LoadingLine? On(Terminal terminal) =>
        terminal.ErrorIsInteractive && terminal.MovesCursor ? new LoadingLine(terminal.ErrorScreen) : null;

    public void Report(LoadProgress value)
    {
        int percent = value.Total == 0 ? 0 : (int)(100 * value.Done / value.Total);
        lock (_lock)
        {
            // An interrupted load continues for a while, but its progress does not matter any more.
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
