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
/// A loaded checkpoint that answers requests. Requests may come from any thread and run side by side: they share
/// forward passes, and what a request answers does not depend on the others.
/// <para>
/// A meter and an activity source, both called <c>PlannedDiffusion</c>, tell of requests. The activity source
/// <c>PlannedDiffusion.Passes</c> tells of each pass.
/// </para>
/// </summary>
public sealed class PlannedDiffusionEngine : IDisposable
{
    private readonly IModelRunner _runner;
    private readonly RequestPreparation _preparation;
    private readonly SpanText _text;
    private readonly StepLoop _loop;

    /// <summary>An engine around a runner, which it owns from now on.</summary>
    /// <param name="runner">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="defaults">What the checkpoint says about its use.</param>
    /// <param name="stopTokens">The tokens that end an answer; without them those of the family.</param>
    /// <param name="chatTemplate">How conversations become prompts; without it ChatML.</param>
    public PlannedDiffusionEngine(
        IModelRunner runner, Tokenizer tokenizer, CheckpointDefaults? defaults = null, StopTokens? stopTokens = null,
        ChatTemplate? chatTemplate = null)
    {
        ArgumentNullException.ThrowIfNull(runner);
        ArgumentNullException.ThrowIfNull(tokenizer);
        _runner = runner;
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
        Notes = runner.Notes;
        _text = new SpanText(
            new AnswerTokens(tokenizer, ControlTokens, StopTokens.Ids, runner.Config.MaskTokenId));
        _loop = new StepLoop(runner);
    }

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The tokens that end an answer.</summary>
    public StopTokens StopTokens { get; }

    /// <summary>How conversations become prompts; its problem, if it has one, is why they are refused.</summary>
    public ChatTemplate ChatTemplate { get; }

    /// <summary>The network's shape.</summary>
    public ModelConfig Config => _runner.Config;

    /// <summary>What the runner has room for.</summary>
    public RunnerLimits Limits => _runner.Limits;

    /// <inheritdoc cref="IModelRunner.Device"/>
    public string Device => _runner.Device;

    /// <summary>
    /// True if the runner computes steps after they were asked for; then <see cref="Decoding.PassTime"/> tells less of
    /// each pass, unless <see cref="TimesSteps"/>.
    /// </summary>
    public bool RunsAhead => _runner.RunsAhead;

    /// <summary>
    /// True if the runner tells when its device ran each step; see <see cref="Decoding.PassTime.OnDevice"/>.
    /// </summary>
    public bool TimesSteps => _runner.StepClock is not null;

    /// <summary>The tags of planned diffusion; null if the vocabulary lacks them: nothing can be planned.</summary>
    public ControlTokens? ControlTokens { get; }

    /// <summary>
    /// What loading met and went on without, each in one sentence for a person: the notes of weights and runner.
    /// </summary>
    public IReadOnlyList<string> Notes { get; private init; }

    /// <summary>
    /// Loads a checkpoint folder: configuration, weights, tokenizer, chat template. A template that the engine does not
    /// support refuses conversations, not the folder: see <see cref="ChatTemplate"/>.
    /// </summary>
    /// <param name="directory">The folder.</param>
    /// <param name="options">How to build the engine.</param>
    /// <exception cref="IOException">Weights are missing or malformed; the message names file and tensor.</exception>
    /// <exception cref="RunnerCapacityException">There is too little memory; the message has need and have.</exception>
    /// <exception cref="ArgumentException">An option is outside its range; the message names it.</exception>
    /// <exception cref="ModelConfigException">The configuration is not one that the engine computes.</exception>
    /// <exception cref="TokenizerException">
    /// The tokenizer is missing or malformed, or a file names a stop token that does not exist.
    /// </exception>
    public static PlannedDiffusionEngine Load(string directory, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(directory);
        options ??= new EngineOptions();
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
            return new PlannedDiffusionEngine(runner, tokenizer, defaults, stopTokens, chatTemplate)
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
    /// Answers a request and waits for all of it; tokens are not read back from step to step. A bad request is refused
    /// at the call, before there is a task; what goes wrong later ends the task.
    /// </summary>
    /// <exception cref="ArgumentException">At the call: a field is outside its range; the message names it.</exception>
    /// <exception cref="RunnerCapacityException">
    /// At the call: the request can never fit; the message has need and have.
    /// </exception>
    /// <exception cref="NotSupportedException">
    /// At the call: the checkpoint cannot decode in this way; the message says why.
    /// </exception>
    /// <exception cref="TokenizerException">At the call: tags or a chat template are missing.</exception>
    /// <exception cref="PlanFormatException">In strict mode: the model's plan is malformed.</exception>
    /// <exception cref="BrokenLogitsException">
    /// The model's logits are not numbers; the message names position and stage.
    /// </exception>
    /// <exception cref="OperationCanceledException">
    /// It was cancelled, within one step; the exception carries the caller's token.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed before the answer was complete.</exception>
    public Task<GenerationResult> CompleteAsync(
        GenerationRequest request, CancellationToken cancellationToken = default) =>
        Complete(_preparation.Prepare(request), cancellationToken);

    /// <summary>
    /// Answers a request and tells what happens on the way; the last event is <see cref="Completed"/>. Ending the
    /// enumeration early cancels the request. Errors as for <see cref="CompleteAsync"/>: a bad request is refused at
    /// the call, and what else fails ends the enumeration.
    /// </summary>
    public IAsyncEnumerable<GenerationEvent> GenerateAsync(
        GenerationRequest request, CancellationToken cancellationToken = default)
    {
        PreparedRequest prepared = _preparation.Prepare(request);
        return new RequestStream<GenerationEvent>(enumerated => Stream(
            prepared,
            (events, sequence) => new ProgressEvents(events, sequence, _text),
            happened => happened,
            cancellationToken,
            enumerated));
    }

    /// <summary>
    /// Answers a request and tells the text as soon as it is certain: whole spans in their order, and of the next one
    /// what is revealed without a gap. No piece is empty or taken back, and all of them together are exactly
    /// <see cref="GenerationResult.Text"/>. White space comes with the word behind it, and a character as a whole.
    /// A planned answer has no text while it is planned, and much of it at once when its first spans are complete: to
    /// show what happens before, listen to <see cref="GenerateAsync"/>. Ending the enumeration early cancels the
    /// request. Errors as for <see cref="CompleteAsync"/>; a bad request is refused at the call.
    /// </summary>
    public IAsyncEnumerable<string> GenerateTextAsync(
        GenerationRequest request, CancellationToken cancellationToken = default)
    {
        PreparedRequest prepared = _preparation.Prepare(request);
        return new RequestStream<string>(enumerated => Stream(
            prepared,
            (events, _) => new ProgressTokens(events, _text.Tokens.Mask),
            new AnswerReader(_text.Tokens).Read,
            cancellationToken,
            enumerated));
    }

    /// <summary>
    /// Ends running requests with an <see cref="ObjectDisposedException"/> and frees the runner. May be called more
    /// than once and from several threads: each call returns when all is freed. Only a call from the engine's own
    /// thread (by a listener of meters or activities) returns before that: the thread frees the runner behind it.
    /// </summary>
    public void Dispose() => _loop.Dispose();

    private async Task<GenerationResult> Complete(PreparedRequest prepared, CancellationToken called)
    {
        using Activity? activity = EngineTelemetry.StartRequest(prepared.Decoding.TelemetryName);
        var job = new GenerationJob(prepared, _text, listening: null, called, CancellationToken.None);
        _loop.Submit(job);
        return await job.Completion.ConfigureAwait(false);
    }

    /// <summary>Runs a request and gives what a reader makes of its events, on the reader's side.</summary>
    private async IAsyncEnumerator<T> Stream<T>(
        PreparedRequest prepared, ProgressListening listening, Func<GenerationEvent, T?> read,
        CancellationToken called, CancellationToken enumerated)
        where T : class
    {
        using Activity? activity = EngineTelemetry.StartRequest(prepared.Decoding.TelemetryName);
        var job = new GenerationJob(prepared, _text, listening, called, enumerated);
        _loop.Submit(job);
        try
        {
            // Not with a token: the engine ends the events, and until then the request is not over.
            await foreach (GenerationEvent happened in job.Events.ConfigureAwait(false))
            {
                if (read(happened) is { } told) yield return told;
            }
        }
        finally
        {
            _loop.Abandon(job);
        }
    }

    /// <summary>
    /// Starts the request when it is enumerated. Keeps the token of the call and that of the enumeration apart, so that
    /// a cancellation carries the one that was cancelled and not one that links both.
    /// </summary>
    private sealed class RequestStream<T>(Func<CancellationToken, IAsyncEnumerator<T>> start) : IAsyncEnumerable<T>
    {
        public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
            start(cancellationToken);
    }
}
