using System.Runtime.InteropServices;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Cli.Shared;

/// <summary>
/// Handles the signals that end a command. The first cancels it after the step in progress. A second one has the
/// system's default effect and ends the process.
/// </summary>
internal sealed class Interruption : IDisposable
{
    // The POSIX numbers, which shells add to 128. The enumeration has other numbers.
    private static readonly (PosixSignal Signal, int Number)[] Signals =
    [
        (PosixSignal.SIGHUP, 1), (PosixSignal.SIGINT, 2), (PosixSignal.SIGQUIT, 3), (PosixSignal.SIGTERM, 15),
    ];

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Terminal _terminal;
    private int _number;

    public Interruption(Terminal terminal)
    {
        _terminal = terminal;
        _registrations = [.. Signals.Select(one =>
            PosixSignalRegistration.Create(one.Signal, signal => Receive(signal, one.Number)))];
    }

    public CancellationToken Token => _source.Token;

    /// <summary>The exit code of the process: that of the command, or 128 plus the signal that cancelled it.</summary>
    public int ExitCode(int code) => code == Application.Cancelled && _number != 0 ? 128 + _number : code;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private void Receive(PosixSignalContext signal, int number)
    {
        signal.Cancel = Interlocked.CompareExchange(ref _number, number, 0) == 0;
        if (signal.Cancel) _source.Cancel();
        else _terminal.ShowCursor();
    }
}
