using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Extensions.AI;

/// <summary>
/// A loaded checkpoint as an <see cref="IChatClient"/>. Safe for concurrent use: requests in flight share the engine's
/// forward passes. It keeps no conversation; each call brings all messages. It changes neither messages nor options.
/// <para>
/// Of <see cref="ChatOptions"/> these count: <see cref="ChatOptions.Instructions"/>,
/// <see cref="ChatOptions.Temperature"/> (0, greedy, if nobody says otherwise), <see cref="ChatOptions.TopP"/>,
/// <see cref="ChatOptions.TopK"/>, <see cref="ChatOptions.Seed"/>, <see cref="ChatOptions.MaxOutputTokens"/> (plans
/// included; more than the context has left is cut), <see cref="ChatOptions.StopSequences"/> and
/// <see cref="ChatOptions.ModelId"/>. <see cref="ChatOptions.RawRepresentationFactory"/> may give a
/// <see cref="GenerationOptions"/>, or a <see cref="GenerationRequest"/> without a prompt; what has its default there
/// is filled from the other options. An answer that is sampled without a seed gets a random one, which its
/// message names: see <see cref="SeedProperty"/>.
/// </para>
/// <para>
/// Refused are JSON as response format, penalties, a conversation's id, and tools unless
/// <see cref="PlannedDiffusionChatClientOptions.IgnoreTools"/>: what the caller relies on is not left out silently.
/// Hints such as <see cref="ChatOptions.Reasoning"/> are ignored.
/// </para>
/// </summary>
public sealed class PlannedDiffusionChatClient : IChatClient
{
    /// <summary>
    /// The seed of a sampled answer, among the additional properties of its message and of its last update, as a
    /// <see cref="long"/>. As <see cref="ChatOptions.Seed"/> it gives the same answer again.
    /// </summary>
    public const string SeedProperty = "seed";

    private readonly PlannedDiffusionEngine _engine;
    private readonly PlannedDiffusionChatClientOptions _options;
    private readonly ChatClientMetadata _metadata;
    private readonly PlannedDiffusionTokenizer _tokenizer;

    /// <summary>A client of an engine.</summary>
    /// <param name="engine">The engine. Several clients may share it.</param>
    /// <param name="options">What the client does with all its requests.</param>
    public PlannedDiffusionChatClient(PlannedDiffusionEngine engine, PlannedDiffusionChatClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        _engine = engine;
        _options = options ?? new PlannedDiffusionChatClientOptions();
        ArgumentNullException.ThrowIfNull(_options.Generation, nameof(options));
        _options.Generation.Validate();
        _metadata = new ChatClientMetadata("planned-diffusion", defaultModelId: _options.ModelId);
        _tokenizer = new PlannedDiffusionTokenizer(engine.Tokenizer);
    }

    /// <summary>
    /// Answers a conversation. A bad request is refused at the call, before there is a task; see
    /// <see cref="PlannedDiffusionEngine.CompleteAsync"/> for what goes wrong later. The response's
    /// <see cref="ChatResponse.RawRepresentation"/> is the <see cref="GenerationResult"/>, with plan and spans.
    /// </summary>
    /// <param name="messages">
    /// The conversation: system (or developer), user and assistant messages with text in them.
    /// </param>
    /// <param name="options">How to answer.</param>
    /// <param name="cancellationToken">Ends the request at once; the model drops it with its next step.</param>
    /// <exception cref="ArgumentException">
    /// A message or an option is outside its range; the message names it.
    /// </exception>
    /// <exception cref="NotSupportedException">The model cannot do what an option or content asks for.</exception>
    /// <exception cref="EngineOverloadedException">Too much waits; it says when to try again.</exception>
    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ChatRequest request = ChatRequest.Of(messages, options, _options, this);
        return Respond(request, _engine.CompleteAsync(request.Generation, cancellationToken));
    }

    /// <summary>
    /// Answers a conversation and gives the text as soon as it is certain. Nothing is taken back, and all updates
    /// together have the text of <see cref="GetResponseAsync"/>. Each update's
    /// <see cref="ChatResponseUpdate.RawRepresentation"/> is the engine's event: <see cref="TextSettled"/>, or, without
    /// contents, <see cref="PlanReady"/> and <see cref="SpanCompleted"/>. The last one has the reason of the end and
    /// the usage, and is <see cref="Completed"/>. A bad request is refused at the call. Ending the enumeration early
    /// cancels the request.
    /// </summary>
    /// <inheritdoc cref="GetResponseAsync"/>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ChatRequest request = ChatRequest.Of(messages, options, _options, this);
        IAsyncEnumerable<GenerationEvent> events =
            _engine.GenerateSettledAsync(request.Generation, cancellationToken: cancellationToken);
        return Update(request, events, CancellationToken.None); // the engine knows the call's token already
    }

    /// <summary>
    /// Without a key: the <see cref="ChatClientMetadata"/>, the <see cref="PlannedDiffusionEngine"/>, its tokenizer as
    /// a <see cref="Microsoft.ML.Tokenizers.Tokenizer"/>, or the client itself; else null.
    /// </summary>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null) return null;
        if (serviceType.IsInstanceOfType(this)) return this;
        if (serviceType == typeof(ChatClientMetadata)) return _metadata;
        if (serviceType == typeof(PlannedDiffusionEngine)) return _engine;
        return serviceType.IsInstanceOfType(_tokenizer) ? _tokenizer : null;
    }

    /// <summary>Disposes the engine if the client owns it; else does nothing.</summary>
    public void Dispose()
    {
        if (_options.OwnsEngine) _engine.Dispose();
    }

    private static async Task<ChatResponse> Respond(ChatRequest request, Task<GenerationResult> completion)
    {
        var answer = new AnswerIdentity(request);
        GenerationResult result = await completion.ConfigureAwait(false);
        return answer.Response(result);
    }

    private static async IAsyncEnumerable<ChatResponseUpdate> Update(
        ChatRequest request, IAsyncEnumerable<GenerationEvent> events,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var answer = new AnswerIdentity(request);
        await foreach (GenerationEvent happened in events.WithCancellation(cancellationToken).ConfigureAwait(false))
            yield return happened is Completed last ? answer.LastUpdate(last) : answer.Update(happened);
    }
}
