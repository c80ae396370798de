using System.Collections.Immutable;
using System.Diagnostics;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Diagnostics;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Engine;

/// <summary>
/// A request of the engine. While it waits, the thread that cancels it may end it. Later only the engine's thread uses
/// it.
/// </summary>
internal sealed class GenerationJob : IHeapItem, IDisposable
{
    private static readonly string[] PassNames =
        [.. Enum.GetNames<DecodingStage>().Select(name => name.ToLowerInvariant())];

    private readonly PreparedRequest _request;
    private readonly SpanText _text;
    private readonly RequestTelemetry _telemetry;
    private readonly ProgressQueue? _told;
    private readonly CancellationToken _called;
    private readonly TimeProvider _clock;
    private CancellationToken _enumerated;
    private CancellationTokenRegistration _callWatch, _enumerationWatch, _engineWatch;
    private volatile bool _abandoned, _expired;
    private readonly TaskCompletionSource<FinishedAnswer> _completion =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Activity? _activity;
    private ActivityContext _trace;
    private DateTimeOffset _submittedAt;
    private long _submitted, _admitted;
    private int _counted; // passes that meters and activity listeners know
    private Sequence? _sequence;
    private IEnumerator<ReadyPass>? _passes;
    private ProgressReporter? _progress;
    private StopListener? _stops;
    private FinishedAnswer? _answer;
    private DecodingPass _whole; // the pass under way, with the parts that are left
    private int _done; // passes that were handed to the runner

    /// <param name="request">The request.</param>
    /// <param name="text">Makes text of tokens.</param>
    /// <param name="told">What the reader of a stream is told; null for no stream.</param>
    /// <param name="clock">The clock of all its times.</param>
    /// <param name="called">The cancellation token of the call.</param>
    public GenerationJob(
        PreparedRequest request, SpanText text, ProgressQueue? told, TimeProvider clock, CancellationToken called)
    {
        _request = request;
        _text = text;
        _telemetry = new RequestTelemetry(request.Decoding.TelemetryName, request.Model);
        _told = told;
        _clock = clock;
        _called = called;
        Node = new LinkedListNode<GenerationJob>(this);
    }

    /// <summary>The request.</summary>
    public PreparedRequest Request => _request;

    /// <summary>True unless it writes one token after the other.</summary>
    public bool IsPlanned => _request.Decoding is not AutoregressiveOptions;

    /// <summary>Rows of the passes so far.</summary>
    public long Rows => _sequence?.Record.Passes.Sum(pass => (long)pass.Rows) ?? 0;

    /// <summary>True once it is cancelled, abandoned, or out of time.</summary>
    public bool IsCancelled =>
        _abandoned || _expired || _called.IsCancellationRequested || _enumerated.IsCancellationRequested;

    public Task<FinishedAnswer> Completion => _completion.Task;

    public IAsyncEnumerable<ProgressEntry> Told => _told!.ReadAllAsync();

    /// <summary>Its node in the queue; in no list while it does not wait.</summary>
    public LinkedListNode<GenerationJob> Node { get; }

    /// <summary>The same in the order of its key.</summary>
    public int HeapIndex { get; set; } = -1;

    /// <summary>Where it is; the queue's, as the next four.</summary>
    public RequestPlace Place { get; set; }

    /// <summary>The rows that it counts while it waits.</summary>
    public long Work { get; set; }

    /// <summary>Takes its reserved place; null if nothing does.</summary>
    public ITimer? Lapse { get; set; }

    /// <summary>Ends its time; null if nothing does.</summary>
    public ITimer? Deadline { get; set; }

    /// <summary>When it did not fit for the first time; null if it was not tried.</summary>
    public long? Unfitting { get; set; }

    /// <summary>What it asks of the next step.</summary>
    public StepDemand Demand { get; } = new();

    /// <summary>Begins its time, as part of the activity of now.</summary>
    /// <param name="activity">Its own activity; null if nobody listens.</param>
    /// <param name="enumerated">The cancellation token of the enumeration of its events, if there is one.</param>
    public void Begin(Activity? activity, CancellationToken enumerated)
    {
        _activity = activity;
        _enumerated = enumerated;
        _trace = Activity.Current?.Context ?? default;
        _submittedAt = _clock.GetUtcNow();
        _submitted = _clock.GetTimestamp();
    }

    /// <summary>
    /// Calls back when the call is cancelled, on any thread, perhaps more than once, and then ends the reading.
    /// </summary>
    public void WatchCall(Action<GenerationJob> cancelled) => _callWatch = Watch(cancelled, _called);

    /// <summary>The same for the enumeration.</summary>
    public void WatchEnumeration(Action<GenerationJob> cancelled) => _enumerationWatch = Watch(cancelled, _enumerated);

    /// <summary>Ends the reading when the engine is disposed and its thread hangs.</summary>
    public void WatchEngine(CancellationToken hung) => _engineWatch = hung.UnsafeRegister(
        _ => EndReading(new ObjectDisposedException(nameof(PlannedDiffusionEngine))), null);

    /// <summary>Marks that nobody reads the events any more.</summary>
    public void Abandon() => _abandoned = true;

    /// <summary>Marks that its time is over.</summary>
    public void Expire() => _expired = true;

    /// <summary>
    /// Ends the reading of a request that is cancelled or out of time. Its rows leave the engine with the next step; a
    /// step that takes long, or hangs, does not hold its reader up.
    /// </summary>
    public void Quit() => EndReading(Cancelled());

    /// <summary>The exception for a caller that has cancelled, with its own token, or whose time is over.</summary>
    public Exception Cancelled() => this switch
    {
        _ when _called.IsCancellationRequested => new OperationCanceledException(_called),
        _ when _enumerated.IsCancellationRequested || !_expired => new OperationCanceledException(_enumerated),
        _ => new RequestDeadlineException(_request.Deadline!.Value, started: _sequence is not null),
    };

    /// <summary>Opens the sequence.</summary>
    /// <exception cref="RunnerCapacityException">There is no room at the moment.</exception>
    public void Open(IModelRunner runner)
    {
        _sequence = new Sequence(runner, _request.Capacity, _request.Prompt, clock: _clock);
        _passes = _request.Decoder.Decode(_sequence).GetEnumerator();
        IProgressListener? listener = _told;
        if (_request.StopStrings.Count > 0)
        {
            var stops = new StopMatcher(_request.StopStrings);
            bool tells = _told is { TellsSettledText: true } || !IsPlanned;
            listener = _stops = new StopListener(stops, _text.Tokens, _told, tells);
        }

        if (listener is not null)
            _progress = new ProgressReporter(listener, _sequence, _request.Decoding, _text.Tokens.Mask);

        _admitted = _clock.GetTimestamp();
        TimeSpan queued = _clock.GetElapsedTime(_submitted, _admitted);
        _told?.Started(queued);
        _telemetry.NoteQueued(queued);
        _sequence.Record.Clock.Begin(_submitted, _admitted);
    }

    /// <summary>
    /// Records what a step takes of the pass, the time at which it was handed to the runner, and that at which the
    /// runner returned.
    /// </summary>
    /// <param name="handed">The time at which it was handed over.</param>
    /// <param name="returned">The time at which the runner returned.</param>
    /// <param name="step">The number of its step on the runner's clock; negative if there is none.</param>
    public void NoteForward(long handed, long returned, long step)
    {
        int passes = _sequence!.Record.Count;
        _whole = _sequence.Record.Cut(Demand.Parts.Taken, before: !Demand.Parts.IsComplete);
        _sequence.Record.Clock.Handed(passes - 1, handed, step);
        if (!_sequence.RunsAhead) _sequence.Record.Clock.Computed(passes, returned);
    }

    /// <summary>
    /// Takes the known results of the passes so far and prepares the next pass; false at the end. The last pass has
    /// been handed to the runner, if only the rows that come first in it, which leaves the rest. On a runner that runs
    /// ahead it need not be computed yet.
    /// </summary>
    public bool Advance()
    {
        if (Demand.Parts is not { IsComplete: false } parts) return GoOn();
        if (parts.Taken == 0) return Rest();
        _sequence!.Record.Add(_whole with { Rows = _whole.Rows - parts.Taken });
        parts.GoOn();
        _sequence.Record.Clock.Ready(_clock.GetTimestamp());
        return true;
    }

    /// <summary>No step takes anything of the pass for now: tells what is known, and makes a guess again.</summary>
    private bool Rest()
    {
        if (Demand.Parts.IsGuess) return GoOn();
        _progress?.CatchUp();
        return true;
    }

    private bool GoOn()
    {
        bool more = _passes!.MoveNext();
        Demand.Parts = _passes.Current.Parts;
        int passes = _done = _sequence!.Record.Count - (more ? 1 : 0);
        _progress?.Observe(passes, last: !more);
        if (!more) _stops?.End();
        if (_stops is { Found: true })
        {
            if (more) _sequence.ReadBack(new TokenRange(_sequence.PromptLength, _sequence.Length));
            more = false;
            _sequence.Finish = (_sequence.Finish & ~FinishReason.MaxLength) | FinishReason.StopString;
        }

        CountPasses(_sequence.RunsAhead ? Math.Min(_sequence.Record.Arrived, passes) : passes);
        if (more) _sequence.Record.Clock.Ready(_clock.GetTimestamp());
        else Succeed();
        return more;
    }

    /// <summary>Tells the result, after <see cref="Advance"/> has returned false.</summary>
    public void Complete()
    {
        _progress?.Complete(_answer!);
        _told?.End();
        _completion.TrySetResult(_answer!);
    }

    /// <summary>Ends the request with an error, or with a cancellation.</summary>
    public void Fail(Exception error)
    {
        try
        {
            Dispose();
        }
        catch (Exception closing)
        {
            // A runner that failed may also fail to close.
            if (error is not EngineFaultedException) error = new AggregateException(error, closing);
        }

        _telemetry.NoteFailed(error);
        if (error is not OperationCanceledException) EngineTelemetry.NoteFailure(_activity, error);
        EndReading(error);
    }

    public void Dispose()
    {
        _callWatch.Unregister(); // does not wait for a running callback
        _enumerationWatch.Unregister();
        _engineWatch.Unregister();
        Lapse?.Dispose();
        Deadline?.Dispose();
        _passes?.Dispose();
        _sequence?.Dispose();
    }

    /// <summary>Tells the reader an error, unless the reading is over. On any thread.</summary>
    private void EndReading(Exception error)
    {
        if (_told is not null) _told.End(error);
        else if (error is OperationCanceledException canceled) _completion.TrySetCanceled(canceled.CancellationToken);
        else _completion.TrySetException(error);
    }

    private CancellationTokenRegistration Watch(Action<GenerationJob> cancelled, CancellationToken token) =>
        token.UnsafeRegister(
            _ =>
            {
                cancelled(this); // first, so that a waiting request has left when its reader knows
                Quit();
            },
            null);

    /// <summary>Reports computed passes that are not reported yet.</summary>
    private void CountPasses(int computed)
    {
        for (; _counted < computed; _counted++)
        {
            DecodingPass pass = _sequence!.Record.Passes[_counted];
            _telemetry.NotePass(pass);
            if (!EngineTelemetry.TracesPasses || _counted >= _sequence.Record.Clock.Times.Count) continue;
            PassTime time = _sequence.Record.Clock.Times[_counted];
            EngineTelemetry.TracePass(
                _trace, PassNames[(int)pass.Stage], pass.Rows, pass.Drafted, pass.Kept, _submittedAt + time.Start,
                time.Duration);
        }
    }

    private void Succeed()
    {
        _sequence!.Record.Clock.Computed(_done, _clock.GetTimestamp()); // unread passes
        CountPasses(_done);
        TimeSpan time = _clock.GetElapsedTime(_submitted);
        int tokens = _sequence.Length - _sequence.PromptLength;
        Dispose();
        CriticalPath path = Path();
        _telemetry.NoteCompleted(path, tokens, time);
        _answer = new FinishedAnswer(_sequence, _request, _text, path, _clock)
        {
            Stopped = _stops is { Found: true } ? _stops.Text : null,
        };
    }

    private CriticalPath Path()
    {
        Sequence sequence = _sequence!;
        return new CriticalPath
        {
            Passes = [.. sequence.Record.Passes.Take(_done)],
            Times = [.. sequence.Record.Clock.Times],
            SurplusPasses = sequence.Record.Surplus,
            DenoiseSteps = [.. sequence.Rounds.Where(round => round.Plan is not null).Select(round => round.Steps)],
            TokensPerPass = (sequence.Length - sequence.PromptLength) / (double)Math.Max(1, _done),
            Queued = _clock.GetElapsedTime(_submitted, _admitted),
            Finishing = _clock.GetElapsedTime(sequence.Record.Clock.End),
        };
    }
}
