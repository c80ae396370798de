using System.Globalization;
using Microsoft.Extensions.Logging;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Cli.Serve;

/// <summary>Writes what the server logs to standard error, a line each, with control characters made visible.</summary>
internal sealed class TerminalLog(Terminal terminal) : ILoggerProvider, ILogger
{
    private readonly Lock _lock = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        string time = terminal.Clock.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        string level = logLevel > LogLevel.Information ? $" {logLevel.ToString().ToLowerInvariant()}:" : "";
        string cause = exception is null ? "" : $": {exception.Message}";
        lock (_lock) terminal.Error.WriteLine($"{time}{level} {formatter(state, exception)}{cause}");
    }

    public void Dispose()
    {
    }
}
