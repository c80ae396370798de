using System.Collections.Concurrent;
using PlannedDiffusion.Bench.Host;
using PlannedDiffusion.Cli.Shared.Requests;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Bench.Virtual;

/// <summary>
/// The real engine on a clock that its steps move. Requests arrive at their time: while a step is computed, or when the
/// engine has nothing to do. So two runs of the same requests are the same, and an hour takes seconds.
/// </summary>
internal sealed class Simulation : IDisposable
{
    private readonly StepTimes _times;
    private readonly VirtualClock _clock = new();
    private readonly VirtualRunner _runner;
    private readonly PlannedDiffusionEngine _engine;
    private readonly Dictionary<(RecordedRequest, VirtualWay), GenerationRequest> _prepared = [];
    private readonly ConcurrentDictionary<int, VirtualRequest> _open = []; // by number
    private readonly List<VirtualAnswer> _answers = [];
    private readonly object _ended = new();
    private int _sent, _outstanding;

    /// <param name="tokenizer">A tokenizer with the tags of plans.</param>
    /// <param name="times">The time of a step.</param>
    /// <param name="settings">Limits and options of the engine.</param>
    public Simulation(Tokenizer tokenizer, StepTimes times, SimulationSettings settings)
    {
        _times = times;
        ModelConfig config = ModelShapes.Find(ModelShapes.Custom) with
        {
            VocabularySize = tokenizer.VocabularySize,
            MaskTokenId = tokenizer.AddedTokenId("<|mask|>"),
        };
        _runner = new VirtualRunner(config, settings.Limits, times, _clock, tokenizer.Encode("a")[0])
        {
            Closed = Close,
            Written = EndOf,
        };
        _engine = new PlannedDiffusionEngine(
            _runner, tokenizer, options: new EngineOptions
            {
                Clock = _clock,
                Queue = settings.Queue,
                Scheduling = settings.Scheduling,
            });
    }

    /// <summary>The clock.</summary>
    public VirtualClock Clock => _clock;

    /// <summary>The runner, which counts steps and rows.</summary>
    public VirtualRunner Runner => _runner;

    /// <summary>The engine.</summary>
    public PlannedDiffusionEngine Engine => _engine;

    /// <summary>Requests that have not ended.</summary>
    public int Open => _open.Count;

    /// <summary>
    /// Sends a request now. To be called by what happens at a time of the clock, or by
    /// <see cref="VirtualRequest.Ended"/>: then no other thread is at work.
    /// </summary>
    public void Send(VirtualRequest request)
    {
        int number = _sent++;
        var answer = new VirtualAnswer(number, request, _clock.Now);
        Task<GenerationResult> result;
        Interlocked.Increment(ref _outstanding);
        _open[number] = request;
        try
        {
            result = _engine.CompleteAsync(Prepare(number, request));
        }
        catch (EngineOverloadedException refusal)
        {
            Note(answer with { Error = refusal });
            return;
        }

        _ = NoteAsync(answer, result);
    }

    /// <summary>Runs until all requests have ended and no timer is left.</summary>
    /// <returns>All requests, by number.</returns>
    public IReadOnlyList<VirtualAnswer> Run()
    {
        do
        {
            lock (_ended)
            {
                while (_outstanding > 0) Monitor.Wait(_ended);
            }

            // The last step is over once a new one is as old as the clock, or there is none.
            SpinWait.SpinUntil(() => _engine.Status.StepAge == TimeSpan.Zero);
        }
        while (_clock.AdvanceToNext());

        lock (_ended) return [.. _answers.OrderBy(answer => answer.Number)];
    }

    /// <inheritdoc/>
    public void Dispose() => _engine.Dispose();

    /// <summary>The request with its number in its first two tokens, by which its end is noticed.</summary>
    private GenerationRequest Prepare(int number, VirtualRequest request)
    {
        if (!_prepared.TryGetValue((request.Recorded, request.Way), out GenerationRequest? prepared))
        {
            prepared = Prepare(request);
            _prepared.Add((request.Recorded, request.Way), prepared);
        }

        int[] prompt = [.. prepared.PromptTokens!.Value];
        (prompt[0], prompt[1]) = Math.DivRem(number, _engine.Config.VocabularySize);
        return prepared with
        {
            PromptTokens = [.. prompt],
            Deadline = request.Deadline,
            ShareKey = request.Key,
        };
    }

    private GenerationRequest Prepare(VirtualRequest request)
    {
        RecordedRequest recorded = request.Recorded with
        {
            Steps = request.Way == VirtualWay.Recorded ? request.Recorded.Steps : null,
        };
        var options = new GenerationOptions { Decoding = request.Way.Planned ?? new PlannedOptions() };
        MeasuredRequest measured = recorded.ToRequest(_engine, options);
        if (request.Way.IsAutoregressive) return measured.Autoregressive(request.AnswerTokens);
        if (request.Way.MostArrivals is not { } most) return measured.Request;
        var planned = (PlannedOptions)measured.Request.Options.Decoding;
        return measured.Request with
        {
            Options = measured.Request.Options with
            {
                Decoding = new AutoOptions { Planned = planned, MostArrivals = most },
            },
        };
    }

    /// <summary>The token that ends an answer that may be planned or not, if it is not. Plans are forced.</summary>
    private int? EndOf(ReadOnlyMemory<int> tokens, int position)
    {
        if (!_open.TryGetValue(NumberOf(tokens.Span), out VirtualRequest? request)) return null;
        bool ends = request.Way.MostArrivals is not null
            && position == request.Recorded.PromptTokens + request.AnswerTokens - 1;
        return ends ? _engine.ControlTokens!.End : null;
    }

    private void Close(ReadOnlyMemory<int> tokens)
    {
        if (_open.TryRemove(NumberOf(tokens.Span), out VirtualRequest? request)) request.Ended?.Invoke();
    }

    private int NumberOf(ReadOnlySpan<int> tokens) => (tokens[0] * _engine.Config.VocabularySize) + tokens[1];

    private async Task NoteAsync(VirtualAnswer answer, Task<GenerationResult> result)
    {
        try
        {
            Note(answer.With(await result.ConfigureAwait(false)));
        }
        catch (Exception error)
        {
            Note(answer with { Error = error });
        }
    }

    private void Note(VirtualAnswer answer)
    {
        _open.TryRemove(answer.Number, out _);
        lock (_ended)
        {
            _answers.Add(answer);
            if (Interlocked.Decrement(ref _outstanding) == 0) Monitor.Pulse(_ended);
        }
    }
}
