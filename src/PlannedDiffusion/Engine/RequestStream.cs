using System.Diagnostics;
using PlannedDiffusion.Diagnostics;

namespace PlannedDiffusion.Engine;

/// <summary>
/// A request as a stream, which is admitted at the call and computed once it is enumerated. The first enumeration takes
/// the place in the queue, unless that has lapsed. Every other enumeration is admitted when it begins.
/// <para>
/// The tokens of the call and of the enumeration stay apart, so that an exception has the token that was cancelled and
/// not one that links both.
/// </para>
/// </summary>
internal sealed class RequestStream<T> : IAsyncEnumerable<T>
{
    private readonly StepLoop _loop;
    private readonly Func<GenerationJob> _make;
    private readonly Func<Func<ProgressEntry, IEnumerable<T>>> _reader;
    private readonly string _decoder;
    private GenerationJob? _first;

    /// <param name="loop">The engine's loop.</param>
    /// <param name="make">Makes the request.</param>
    /// <param name="reader">Makes what turns one enumeration's entries into items, on its reader's thread.</param>
    /// <exception cref="EngineOverloadedException">The queue is full.</exception>
    /// <exception cref="ObjectDisposedException">The engine is disposed.</exception>
    public RequestStream(StepLoop loop, Func<GenerationJob> make, Func<Func<ProgressEntry, IEnumerable<T>>> reader)
    {
        _loop = loop;
        _make = make;
        _reader = reader;
        _first = Reserve();
        _decoder = _first.Request.Decoding.TelemetryName;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        using Activity? activity = EngineTelemetry.StartRequest(_decoder);
        GenerationJob job = Start(activity, cancellationToken);
        Func<ProgressEntry, IEnumerable<T>> read = _reader();
        try
        {
            // Without a token: the engine ends the entries, and until then the request is not over.
            await foreach (ProgressEntry entry in job.Told.ConfigureAwait(false))
            {
                foreach (T told in read(entry)) yield return told;
            }
        }
        finally
        {
            _loop.Abandon(job);
        }
    }

    private GenerationJob Start(Activity? activity, CancellationToken enumerated)
    {
        GenerationJob? job = Interlocked.Exchange(ref _first, null);
        while (true)
        {
            job ??= Reserve();
            job.Begin(activity, enumerated);
            if (_loop.Start(job)) return job;
            job = null;
        }
    }

    private GenerationJob Reserve()
    {
        GenerationJob job = _make();
        _loop.Reserve(job, lapses: true);
        return job;
    }
}
