using System.Diagnostics;
using PlannedDiffusion.Cpu;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Diagnostics;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Engine;

/// <summary>
/// A loaded checkpoint that answers requests. Requests may come from any thread and run concurrently. They share
/// forward passes, but the answer of a request does not depend on the others.
/// <para>
/// A meter and an activity source, both named <c>PlannedDiffusion</c>, report requests. The activity source
/// <c>PlannedDiffusion.Passes</c> reports each pass.
/// </para>
/// </summary>
public sealed class PlannedDiffusionEngine : IDisposable, IAsyncDisposable
{
    /// <summary>Unread steps of spans that the reader of all events may still see one by one: some 100 KB.</summary>
    private const int KeptSteps = 512;

    private readonly IModelRunner _runner;
    private readonly RequestPreparation _preparation;
    private readonly WayChoice _choice;
    private readonly SpanText _text;
    private readonly StepLoop _loop;
    private readonly TimeProvider _clock;
    private readonly string? _model;
    private readonly long _mostKeyValues;

    /// <summary>Makes an engine around a runner and takes ownership of it.</summary>
    /// <param name="runner">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="defaults">The checkpoint's defaults.</param>
    /// <param name="stopTokens">The tokens that end an answer; null for those of the family.</param>
    /// <param name="chatTemplate">The chat template; null for ChatML.</param>
    /// <param name="options">The queue's options; what concerns the runner is not used.</param>
    /// <exception cref="ArgumentException">An option is outside its range. The message names it.</exception>
    public PlannedDiffusionEngine(
        IModelRunner runner, Tokenizer tokenizer, CheckpointDefaults? defaults = null, StopTokens? stopTokens = null,
        ChatTemplate? chatTemplate = null, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(runner);
        ArgumentNullException.ThrowIfNull(tokenizer);
        options ??= new EngineOptions();
        options.Validate();
        _runner = runner;
        _clock = options.Clock;
        _model = options.ModelName;
        _mostKeyValues = options.Queue.MaxKeyValues ?? long.MaxValue;
        Tokenizer = tokenizer;
        ControlTokens = ControlTokens.TryFromTokenizer(tokenizer, out ControlTokens? tokens) ? tokens : null;
        StopTokens = stopTokens ?? StopTokens.OfFamily(tokenizer);
        ChatTemplate = chatTemplate ?? ChatTemplate.ChatMl(tokenizer);
        _preparation = new RequestPreparation(
            tokenizer,
            ChatTemplate,
            ControlTokens,
            StopTokens.Ids,
            defaults ?? new CheckpointDefaults(),
            runner.Config,
            runner.Limits);
        _choice = new WayChoice(runner.Device, runner.Config, ControlTokens, options.Clock);
        Notes = runner.Notes;
        _text = new SpanText(
            new AnswerTokens(tokenizer, ControlTokens, StopTokens.Ids, runner.Config.MaskTokenId));
        _loop = new StepLoop(runner, options);
    }

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The tokens that end an answer.</summary>
    public StopTokens StopTokens { get; }

    /// <summary>The chat template. If it has a problem, conversations are refused with it.</summary>
    public ChatTemplate ChatTemplate { get; }

    /// <summary>The network's shape.</summary>
    public ModelConfig Config => _runner.Config;

    /// <summary>The limits of the runner.</summary>
    public RunnerLimits Limits => _runner.Limits;

    /// <inheritdoc cref="IModelRunner.Device"/>
    public string Device => _runner.Device;

    /// <summary>
    /// True if the runner computes steps asynchronously. Then <see cref="Decoding.PassTime"/> is less exact for each
    /// pass, unless <see cref="TimesSteps"/>.
    /// </summary>
    public bool RunsAhead => _runner.RunsAhead;

    /// <summary>
    /// True if the runner measures each step on its device; see <see cref="Decoding.PassTime.OnDevice"/>.
    /// </summary>
    public bool TimesSteps => _runner.StepClock is not null;

    /// <summary>
    /// Its state at this moment: for health checks, load reports, dashboards. It does not wait for the engine's thread,
    /// so that it answers although a step hangs.
    /// </summary>
    public EngineStatus Status => _loop.Status();

    /// <summary>
    /// Ends with the cause once the engine has failed and computes no more (<see cref="EngineFaultedException"/>). It
    /// never ends if the engine is disposed before.
    /// </summary>
    public Task<Exception> Faulted => _loop.Faulted;

    /// <summary>
    /// The tags of planned diffusion; null if the vocabulary lacks them. Then planned decoding is not possible.
    /// </summary>
    public ControlTokens? ControlTokens { get; }

    /// <summary>
    /// The notes of weights and runner about things that are unused or missing, each in one readable sentence.
    /// </summary>
    public IReadOnlyList<string> Notes { get; private init; }

    /// <summary>
    /// Loads a checkpoint folder: configuration, weights, tokenizer, chat template. A template that the engine does not
    /// support refuses conversations, not the folder: see <see cref="ChatTemplate"/>.
    /// </summary>
    /// <param name="directory">The folder.</param>
    /// <param name="options">How to build the engine.</param>
    /// <exception cref="IOException">Weights are missing or malformed. The message names file and tensor.</exception>
    /// <exception cref="RunnerCapacityException">
    /// There is too little memory. The message says what is needed and available.
    /// </exception>
    /// <exception cref="ArgumentException">An option is outside its range. The message names it.</exception>
    /// <exception cref="ModelConfigException">The configuration is not one that the engine computes.</exception>
    /// <exception cref="TokenizerException">
    /// The tokenizer is missing or malformed, or a file names a stop token that does not exist.
    /// </exception>
    public static PlannedDiffusionEngine Load(string directory, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(directory);
        options ??= new EngineOptions();
        options.Validate(); // before anything is loaded
        options = options with { ModelName = options.ModelName ?? new DirectoryInfo(directory).Name };
        Tokenizer tokenizer = Tokenizer.Load(directory);
        CheckpointDefaults defaults = CheckpointDefaults.Read(directory);
        var chatTemplate = ChatTemplate.Load(directory, tokenizer);
        using ModelWeights weights = ModelWeights.Load(directory);
        var stopTokens = StopTokens.Read(directory, tokenizer, weights.Config.VocabularySize);
        RunnerOptions runnerOptions = options.Runner with { Limits = options.Runner.LimitsFor(weights.Config) };
        IModelRunner runner = options.RunnerFactory is { } factory
            ? factory(weights, runnerOptions)
                ?? throw new ArgumentException("RunnerFactory returned null.", nameof(options))
            : CpuModelRunner.Create(weights, runnerOptions);
        try
        {
            return new PlannedDiffusionEngine(runner, tokenizer, defaults, stopTokens, chatTemplate, options)
            {
                Notes = [.. weights.Notes, .. runner.Notes],
            };
        }
        catch
        {
            runner.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Answers a request and returns the complete result. Tokens are not read back from step to step. A bad request,
    /// and one for which the engine has no room in its queue, throws at the call, before there is a task. Later errors
    /// end the task.
    /// </summary>
    /// <exception cref="ArgumentException">At the call: a field is outside its range; the message names it.</exception>
    /// <exception cref="RunnerCapacityException">
    /// At the call: the request can never fit. The message says what is needed and available.
    /// </exception>
    /// <exception cref="NotSupportedException">
    /// At the call: the checkpoint cannot decode in this way. The message says why.
    /// </exception>
    /// <exception cref="TokenizerException">At the call: tags or a chat template are missing.</exception>
    /// <exception cref="EngineOverloadedException">
    /// At the call: too much waits already. The exception says when to try again; see <see cref="QueueOptions"/>.
    /// </exception>
    /// <exception cref="PlanFormatException">In strict mode: the model's plan is malformed.</exception>
    /// <exception cref="BrokenLogitsException">
    /// The model's logits are not numbers. The message names position and stage.
    /// </exception>
    /// <exception cref="OperationCanceledException">
    /// The request was cancelled. The exception has the caller's token and comes at once, even while a step hangs; the
    /// request's place is free after the step under way.
    /// </exception>
    /// <exception cref="RequestDeadlineException">It has not ended within its deadline.</exception>
    /// <exception cref="EngineDrainingException">At the call: the engine takes no new requests.</exception>
    /// <exception cref="EngineFaultedException">
    /// At the call, or later: the engine computes no more. A new one must be loaded.
    /// </exception>
    /// <exception cref="ObjectDisposedException">
    /// At the call, or later: the engine was disposed before the answer was complete.
    /// </exception>
    public Task<GenerationResult> CompleteAsync(
        GenerationRequest request, CancellationToken cancellationToken = default)
    {
        var job = new GenerationJob(Prepare(request), _text, told: null, _clock, cancellationToken);
        _loop.Reserve(job, lapses: false);
        return Complete(job);
    }

    /// <summary>
    /// Answers a request as a stream of events. The last event is <see cref="Completed"/>. Ending the enumeration early
    /// cancels the request. Errors are those of <see cref="CompleteAsync"/>: a bad request, and one for which there is
    /// no room, throws at the call, and later errors end the enumeration.
    /// <para>
    /// The call takes a place in the queue, and the first enumeration begins to wait there. A place that nobody
    /// enumerates lapses after <see cref="QueueOptions.MaxUnread"/>. Each further enumeration is a request of its own.
    /// </para>
    /// </summary>
    public IAsyncEnumerable<GenerationEvent> GenerateAsync(
        GenerationRequest request, CancellationToken cancellationToken = default) =>
        Stream<GenerationEvent>(
            request, () => new ProgressQueue(_text.Tokens.Mask, KeptSteps),
            () => new EventReader(_text, settled: null, reveals: true).Read, cancellationToken);

    /// <summary>
    /// Answers a request as a stream of text, as soon as it is settled: whole spans in order, and the next span up to
    /// its first gap. No piece is empty or changes later, and all pieces together are exactly
    /// <see cref="GenerationResult.Text"/>. White space comes with the word after it, and a character is never split. A
    /// planned answer has no text while it is planned, and much text at once when its first spans are complete.
    /// <see cref="GenerateAsync"/> shows the progress before. Ending the enumeration early cancels the request. Errors
    /// and places in the queue are those of <see cref="GenerateAsync"/>.
    /// </summary>
    public IAsyncEnumerable<string> GenerateTextAsync(
        GenerationRequest request, CancellationToken cancellationToken = default) =>
        Stream<string>(request, Settled, () => Reader(request).Pieces, cancellationToken);

    /// <summary>
    /// Answers a request and tells what will not change any more: <see cref="TextSettled"/>, as
    /// <see cref="GenerateTextAsync"/> gives the text, and with it <see cref="PlanReady"/>, <see cref="SpanCompleted"/>
    /// and, as the last event, <see cref="Completed"/>. Text that a span completes comes before that span's event, and
    /// spans complete in any order. Errors and the end as for <see cref="GenerateAsync"/>.
    /// <para>
    /// A reader that keeps up learns every step. For one that does not, what it has not read of a span becomes one
    /// event, and what it has not read of the text one piece. So unread events never outgrow the answer.
    /// </para>
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="reveals">
    /// True to be told what is under way as well: first <see cref="Started"/>, then <see cref="PlanDelta"/> and
    /// <see cref="SpanProgress"/> between the others.
    /// </param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public IAsyncEnumerable<GenerationEvent> GenerateSettledAsync(
        GenerationRequest request, bool reveals = false, CancellationToken cancellationToken = default) =>
        Stream<GenerationEvent>(
            request, Settled, () => new EventReader(_text, Reader(request), reveals).Read, cancellationToken);

    /// <summary>
    /// The keys and values that a request would reserve. Nothing is computed. Errors are those of a bad request, as for
    /// <see cref="CompleteAsync"/>; <see cref="QueueOptions.MaxKeyValues"/> is not looked at.
    /// </summary>
    public KeyValueNeed Estimate(GenerationRequest request) => Need(_preparation.Prepare(_choice.Chosen(request)));

    /// <summary>
    /// Takes no new requests from now on (<see cref="EngineDrainingException"/>), and waits until those that run or
    /// wait have ended. Dispose the engine afterwards.
    /// </summary>
    /// <param name="timeout">How long to wait; null for as long as it takes.</param>
    /// <param name="cancellationToken">Ends the waiting, not the requests.</param>
    /// <returns>False if requests were left after that time. They go on until the engine is disposed.</returns>
    public Task<bool> DrainAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _loop.DrainAsync(timeout ?? Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>
    /// Ends all requests with an <see cref="ObjectDisposedException"/> and frees the runner. It may be called more
    /// than once and from several threads: each call returns when everything is freed. Only a call on the engine's own
    /// thread (by a listener of meters or activities) returns before: that thread frees the runner afterwards.
    /// </summary>
    /// <exception cref="TimeoutException">
    /// The step under way has not returned within <see cref="EngineOptions.DisposeTimeout"/>. All requests have ended,
    /// and the runner is freed once the step returns.
    /// </exception>
    public void Dispose() => _loop.Dispose();

    /// <summary>As <see cref="Dispose"/>, without a thread that waits.</summary>
    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task<GenerationResult> Complete(GenerationJob job)
    {
        using Activity? activity = EngineTelemetry.StartRequest(job.Request.Decoding.TelemetryName);
        job.Begin(activity, CancellationToken.None);
        _loop.Start(job);
        return (await job.Completion.ConfigureAwait(false)).Result(); // not on the engine's thread
    }

    private PreparedRequest Prepare(GenerationRequest request)
    {
        PreparedRequest prepared = _preparation.Prepare(_choice.Chosen(request));
        KeyValueNeed need = Need(prepared);
        if (need.Positions > _mostKeyValues)
            throw new RunnerCapacityException(
                $"The request needs keys and values for {need.Positions} positions ({need.Bytes:N0} bytes): "
                + $"{need.Prompt} of its prompt and {need.Answer} of its largest answer; all requests together have "
                + $"{_mostKeyValues} (QueueOptions.MaxKeyValues).");
        _choice.NoteArrival();
        return prepared with { Model = _model };
    }

    private KeyValueNeed Need(PreparedRequest request)
    {
        int prompt = request.Prompt.Length;
        return new KeyValueNeed(prompt, request.Capacity - prompt, request.Capacity * _runner.BytesPerPosition);
    }

    /// <summary>Makes the text of a stream.</summary>
    private AnswerReader Reader(GenerationRequest request) =>
        new(_text.Tokens, isFound: request.Options.StopStrings.Count > 0);

    private ProgressQueue Settled() => new(_text.Tokens.Mask) { TellsSettledText = true };

    /// <summary>Admits a stream.</summary>
    private RequestStream<T> Stream<T>(
        GenerationRequest request, Func<ProgressQueue> told, Func<Func<ProgressEntry, IEnumerable<T>>> reader,
        CancellationToken called)
    {
        PreparedRequest prepared = Prepare(request);
        return new RequestStream<T>(_loop, () => new GenerationJob(prepared, _text, told(), _clock, called), reader);
    }
}
