namespace PlannedDiffusion.Server.Metrics;

/// <summary>The times of one request; recorded when it is disposed.</summary>
internal sealed class RequestMeasure(ServerMetrics metrics, TimeProvider clock, string operation, string model)
    : IDisposable
{
    private readonly long _start = clock.GetTimestamp();
    private long? _firstText;
    private int? _tokens;

    /// <summary>What was asked for, in the words of the conventions.</summary>
    public string Operation => operation;

    /// <summary>The model that answers.</summary>
    public string Model => model;

    /// <summary>The code of the error that ended it; null if it was answered.</summary>
    public string? Error { get; private set; }

    /// <summary>All of its time.</summary>
    public TimeSpan Duration { get; private set; }

    /// <summary>The time to its first text; null without one, or if it was not streamed.</summary>
    public TimeSpan? FirstText => _firstText is { } at ? clock.GetElapsedTime(_start, at) : null;

    /// <summary>The time of each further token; null if it was not streamed to its end.</summary>
    public TimeSpan? PerToken => _tokens is > 1 and { } tokens && FirstText is { } first
        ? (Duration - first) / (tokens - 1)
        : null;

    /// <summary>Text is sent.</summary>
    public void NoteText() => _firstText ??= clock.GetTimestamp();

    /// <summary>The answer is complete.</summary>
    public void NoteEnd(int tokens) => _tokens = tokens;

    /// <summary>An error ended it.</summary>
    public void NoteError(string code) => Error = code;

    public void Dispose()
    {
        Duration = clock.GetElapsedTime(_start);
        metrics.Record(this);
    }
}
