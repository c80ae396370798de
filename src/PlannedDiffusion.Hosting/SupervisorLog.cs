using Microsoft.Extensions.Logging;

namespace PlannedDiffusion.Hosting;

/// <summary>What supervisors log. No prompt and no answer is among it.</summary>
internal static partial class SupervisorLog
{
    [LoggerMessage(1, LogLevel.Information, "Loading {Model}.")]
    public static partial void Loading(ILogger logger, string model);

    [LoggerMessage(2, LogLevel.Information, "{Model} is ready: {Device}")]
    public static partial void Ready(ILogger logger, string model, string device);

    [LoggerMessage(3, LogLevel.Warning, "{Model}: {Note}")]
    public static partial void Note(ILogger logger, string model, string note);

    [LoggerMessage(4, LogLevel.Error, "{Model} has failed.")]
    public static partial void Failed(ILogger logger, string model, Exception failure);

    [LoggerMessage(5, LogLevel.Critical, "{Model} is not loaded again, after {Restarts} restarts.")]
    public static partial void GaveUp(ILogger logger, string model, int restarts);

    [LoggerMessage(6, LogLevel.Warning, "The engine of {Model} could not be disposed.")]
    public static partial void NotDisposed(ILogger logger, string model, Exception failure);

    [LoggerMessage(7, LogLevel.Warning,
        "{Model} had up to {Drain} to end its requests, but the host's ShutdownTimeout is over; the others end now.")]
    public static partial void HostStopsEarly(ILogger logger, string model, TimeSpan drain);

    [LoggerMessage(8, LogLevel.Warning, "{Model} has not ended all requests within {Drain}; the others end now.")]
    public static partial void NotDrained(ILogger logger, string model, TimeSpan drain);
}
