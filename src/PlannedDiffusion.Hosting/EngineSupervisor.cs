using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Hosting;

/// <summary>
/// Loads an engine in the background, loads it again after it has failed, and drains it when the host stops. It owns
/// the engine. Its properties answer at once, whatever the engine is doing.
/// </summary>
public sealed class EngineSupervisor : IAsyncDisposable, IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly PlannedDiffusionSettings _settings;
    private readonly EngineSource _source;
    private readonly RestartPolicy _policy;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Action _giveUp;
    private EngineMoment _now;
    private bool _started, _ends;
    private int _restarts;
    private volatile bool _wasAsked;

    internal EngineSupervisor(
        object? key, PlannedDiffusionSettings settings, TimeProvider clock, ILogger logger, Action giveUp)
    {
        Key = key;
        _settings = settings;
        _clock = clock;
        _logger = logger;
        _giveUp = giveUp;
        _source = new EngineSource(settings, clock);
        _policy = new RestartPolicy(settings, clock);
        _now = new EngineMoment(EngineState.Loading, clock.GetTimestamp());
    }

    /// <summary>The service key; null for the model without one.</summary>
    public object? Key { get; }

    /// <summary>The model's name in responses: <see cref="PlannedDiffusionSettings.ModelName"/>, or its default.
    /// </summary>
    public string ModelName => _source.ModelName;

    /// <summary>What the engine is doing.</summary>
    public EngineState State => Now.State;

    /// <summary>
    /// The engine of this moment, while <see cref="EngineState.Ready"/> or <see cref="EngineState.Draining"/>; else
    /// null. It may fail and be replaced: ask again for each request, and never dispose it.
    /// </summary>
    public PlannedDiffusionEngine? Engine => Now.Engine;

    /// <summary>Why the engine or loading it has failed; null once an engine is loaded again.</summary>
    public Exception? Failure => Now.Failure;

    /// <summary>True if it is not loaded again, however long one waits.</summary>
    public bool HasGivenUp => Now.IsFinal;

    /// <summary>How often it was loaded again after a failure.</summary>
    public int Restarts => Volatile.Read(ref _restarts);

    /// <summary>How far loading is, in bytes of weights; zeros before that is known.</summary>
    public LoadProgress Progress => _source.Progress;

    /// <summary>
    /// False if only a new process helps: the step under way is older than
    /// <see cref="PlannedDiffusionSettings.HeartbeatLimit"/>, or <see cref="HasGivenUp"/>. A busy or loading engine is
    /// alive.
    /// </summary>
    public bool IsAlive
    {
        get
        {
            EngineMoment now = Now;
            return !now.IsFinal && !(now.Engine?.Status.StepAge > _settings.HeartbeatLimit);
        }
    }

    /// <summary>When a request that cannot be answered now may come again: whole seconds, from 1 to 60.</summary>
    public TimeSpan RetryAfter
    {
        get
        {
            EngineMoment now = Now;
            double seconds = now switch
            {
                { IsFinal: true } or { State: EngineState.Stopped } => 60,
                { Lasts: { } lasts } => (lasts - _clock.GetElapsedTime(now.Since)).TotalSeconds + 1,
                { State: EngineState.Loading } => LoadingLeft(),
                _ => 1,
            };
            return TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(seconds), 1, 60));
        }
    }

    internal PlannedDiffusionSettings Settings => _settings;

    internal EngineMoment Now => Volatile.Read(ref _now);

    /// <summary>
    /// Begins to load in the background. The host does this when it starts; later calls do nothing. Without a host the
    /// first <see cref="WaitAsync"/> does it.
    /// </summary>
    public void Start()
    {
        lock (_lock)
        {
            if (_started || _ends) return;
            _started = true;
        }

        // Without the context of whoever asks first: the engine belongs to no request.
        ThreadPool.UnsafeQueueUserWorkItem(static supervisor => _ = supervisor.RunAsync(), this, preferLocal: false);
    }

    /// <summary>Gives the engine as soon as it is loaded.</summary>
    /// <param name="cancellationToken">Ends the waiting, not the loading.</param>
    /// <exception cref="EngineUnavailableException">It has failed or is stopped; the message says why.</exception>
    public async Task<PlannedDiffusionEngine> WaitAsync(CancellationToken cancellationToken = default) =>
        (await ReadyAsync(cancellationToken).ConfigureAwait(false)).Engine!;

    /// <summary>The state, and from then on each change of it, without leaving one out. It ends with
    /// <see cref="EngineState.Stopped"/>.</summary>
    public async IAsyncEnumerable<EngineState> WatchAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        EngineMoment now = Now;
        yield return now.State;
        while (now.State != EngineState.Stopped)
        {
            now = await now.Next.WaitAsync(cancellationToken).ConfigureAwait(false);
            yield return now.State;
        }
    }

    /// <summary>
    /// Takes no new requests and waits until the others have ended, as <see cref="PlannedDiffusionEngine.DrainAsync"/>
    /// does. A failed engine is not loaded again from now on.
    /// </summary>
    /// <returns>False if requests were left after that time.</returns>
    public Task<bool> DrainAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        BeginDraining();
        return Engine?.DrainAsync(timeout, cancellationToken) ?? Task.FromResult(true);
    }

    /// <summary>
    /// Ends what still runs and disposes the engine. It gives up after some seconds if a step hangs: then the engine's
    /// thread and memory go with the process.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        PlannedDiffusionEngine? engine = Engine;
        if (!End(EngineState.Stopped)) return;
        if (engine is not null) await DisposeAsync(engine).ConfigureAwait(false);
    }

    /// <summary>As <see cref="DisposeAsync()"/>, and waits.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Says that the host stops. The engine takes requests until it is drained.</summary>
    internal void BeginDraining() => End(EngineState.Draining);

    /// <summary>Somebody depends on the readiness, and must be told before requests are refused.</summary>
    internal void NoteReadinessAsked() => _wasAsked = true;

    /// <summary>The time in which requests are taken although the host stops.</summary>
    internal TimeSpan Grace => _wasAsked && Engine is not null ? _settings.GracePeriod : TimeSpan.Zero;

    /// <summary>Waits while the engine is being loaded.</summary>
    internal async ValueTask<EngineMoment> ReadyAsync(CancellationToken cancellation)
    {
        Start();
        EngineMoment now = Now;
        while (now is { State: EngineState.Loading })
            now = await now.Next.WaitAsync(cancellation).ConfigureAwait(false);
        return now.Engine is null ? throw Unavailable(now) : now;
    }

    /// <summary>Says why there is no engine.</summary>
    internal EngineUnavailableException Unavailable(EngineMoment now) =>
        new(ModelName, now.State, RetryAfter, now.Failure);

    private async Task RunAsync()
    {
        try
        {
            while (await ServeAsync(_ending.Token).ConfigureAwait(false))
            {
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
        }
    }

    /// <summary>Loads an engine and waits for its failure and for the pause after it; false if that was the last.
    /// </summary>
    private async Task<bool> ServeAsync(CancellationToken ended)
    {
        PlannedDiffusionEngine? engine = null;
        Exception failure;
        try
        {
            engine = await LoadAsync(ended).ConfigureAwait(false);
            if (!EnterReady(engine))
            {
                await DisposeAsync(engine).ConfigureAwait(false);
                return false;
            }

            failure = await engine.Faulted.WaitAsync(ended).ConfigureAwait(false);
        }
        catch (Exception error) when (!ended.IsCancellationRequested)
        {
            failure = error;
        }

        bool firstLoad = engine is null && Restarts == 0; // what is wrong with it will still be
        TimeSpan? pause = firstLoad ? null : _policy.Next();
        Task over = pause is { } some ? Task.Delay(some, _clock, ended) : Task.CompletedTask;
        var faulted = new EngineMoment(EngineState.Faulted, _clock.GetTimestamp())
        {
            Failure = failure,
            IsFinal = pause is null,
            Lasts = pause,
        };
        if (!Enter(faulted)) return false;
        SupervisorLog.Failed(_logger, ModelName, failure);
        if (engine is not null) await DisposeAsync(engine).ConfigureAwait(false);
        if (pause is null)
        {
            SupervisorLog.GaveUp(_logger, ModelName, Restarts);
            _giveUp();
            return false;
        }

        await over.ConfigureAwait(false);
        Interlocked.Increment(ref _restarts);
        HostingTelemetry.CountRestart(ModelName);
        return Enter(new EngineMoment(EngineState.Loading, _clock.GetTimestamp()) { Failure = failure });
    }

    private async Task<PlannedDiffusionEngine> LoadAsync(CancellationToken ended)
    {
        SupervisorLog.Loading(_logger, ModelName);
        Task<PlannedDiffusionEngine> load = Task.Factory.StartNew(
            _source.Load, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            return await load.WaitAsync(ended).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // Loading cannot be interrupted, and the end does not wait for it.
            _ = load.ContinueWith(
                late => late.Result.Dispose(), CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }

    private async Task DisposeAsync(PlannedDiffusionEngine engine)
    {
        try
        {
            await engine.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            SupervisorLog.NotDisposed(_logger, ModelName, error);
        }
    }

    private bool EnterReady(PlannedDiffusionEngine engine)
    {
        var ready = new EngineMoment(EngineState.Ready, _clock.GetTimestamp())
        {
            Engine = engine,
            Client = _source.Client(engine),
        };
        if (!Enter(ready)) return false;
        SupervisorLog.Ready(_logger, ModelName, engine.Device);
        foreach (string note in engine.Notes) SupervisorLog.Note(_logger, ModelName, note);
        return true;
    }

    /// <summary>Enters a state of the working life; false if the end has begun.</summary>
    private bool Enter(EngineMoment next)
    {
        lock (_lock)
        {
            if (_ends) return false;
            Follow(next);
            return true;
        }
    }

    /// <summary>Enters a state of the end; false if it has gone that far before.</summary>
    private bool End(EngineState state)
    {
        lock (_lock)
        {
            if (_now.State >= state && _ends) return false;
            _ends = true;
            bool stopped = state == EngineState.Stopped;
            Follow(new EngineMoment(state, _clock.GetTimestamp())
            {
                Engine = stopped ? null : _now.Engine,
                Client = stopped ? null : _now.Client,
                Failure = _now.Failure,
            });
        }

        _ending.Cancel();
        return true;
    }

    private void Follow(EngineMoment next)
    {
        EngineMoment before = _now;
        Volatile.Write(ref _now, next);
        before.End(next);
    }

    private double LoadingLeft()
    {
        (long done, long total) = _source.Progress;
        double elapsed = _clock.GetElapsedTime(Now.Since).TotalSeconds;
        return done > 0 ? elapsed * (total - done) / done : 5;
    }
}
