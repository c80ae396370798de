using System.Runtime.CompilerServices;

namespace PlannedDiffusion.Engine;

/// <summary>
/// The bounds of the queue in front of an engine. A request that finds a free place does not wait and is never refused
/// by them.
/// </summary>
public sealed record QueueOptions
{
    /// <summary>No bounds: for programs that bring all their requests at once, and wait for all of them.</summary>
    public static QueueOptions Unbounded { get; } =
        new() { MaxWaiting = int.MaxValue, MaxWork = Timeout.InfiniteTimeSpan };

    /// <summary>The most requests that wait. One more is refused.</summary>
    public int MaxWaiting { get; init; } = 128;

    /// <summary>
    /// The most work that waits, as the time that the engine needs for it. Once more waits, new requests are refused.
    /// Infinite for no bound. Work is counted in rows of steps. A request counts what the last 100 answers of its kind
    /// took on average, or, before there are any, what its options let expect.
    /// </summary>
    public TimeSpan MaxWork { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The most requests of planned decoding, plain diffusion and Fast-dLLM that run at a time; the runner may have
    /// room for less. Autoregressive requests have no such limit, and pass those that wait for it.
    /// </summary>
    public int MaxPlanned { get; init; } = 16;

    /// <summary>
    /// The most positions whose keys and values running requests reserve together; null for what the runner has room
    /// for. A request reserves its prompt and its largest answer, and waits until that fits. One that never fits is
    /// refused at the call.
    /// </summary>
    public long? MaxKeyValues { get; init; }

    /// <summary>
    /// How long a request that does not fit beside the running ones lets later requests pass. After that, no request
    /// starts before it.
    /// </summary>
    public TimeSpan MaxBypass { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a stream of events or text keeps its place before it is enumerated. An enumeration that begins later
    /// is admitted as a new request: it may be refused.
    /// </summary>
    public TimeSpan MaxUnread { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Checks every field.</summary>
    /// <exception cref="ArgumentException">A field is outside its range. The message names it.</exception>
    public void Validate()
    {
        Require(MaxWaiting >= 0, MaxWaiting, "at least 0");
        Require(MaxWork == Timeout.InfiniteTimeSpan || MaxWork >= TimeSpan.Zero, MaxWork, "at least 0, or infinite");
        Require(MaxPlanned >= 1, MaxPlanned, "at least 1");
        Require(MaxKeyValues is null or >= 1, MaxKeyValues, "at least 1");
        Require(MaxBypass >= TimeSpan.Zero, MaxBypass, "at least 0");
        Require(MaxUnread > TimeSpan.Zero && MaxUnread <= TimeSpan.FromDays(1), MaxUnread, "above 0, up to a day");
    }

    private static void Require<T>(
        bool holds, T value, string range, [CallerArgumentExpression(nameof(value))] string name = "") =>
        OptionRange.Require(holds, value, range, $"{nameof(EngineOptions.Queue)}.{name}");
}
