using System.Runtime.InteropServices;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Cli.Shared;

/// <summary>
/// The signals that end a command. The first asks it to stop, after the step in progress; a second one is the system's
/// own business.
/// </summary>
internal sealed class Interruption : IDisposable
{
    // The signals' numbers, as shells add them to 128; the enumeration has numbers of its own.
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

    /// <summary>The code to exit with, of a command that ended with that one.</summary>
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
