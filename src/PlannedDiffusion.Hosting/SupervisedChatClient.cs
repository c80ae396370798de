using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using PlannedDiffusion.Extensions.AI;

namespace PlannedDiffusion.Hosting;

/// <summary>
/// A client of whichever engine a supervisor has. With an engine it refuses at the call, as the engine's own client
/// does. Without one it waits while the engine is being loaded, unless the settings say otherwise.
/// </summary>
internal sealed class SupervisedChatClient(EngineSupervisor supervisor) : IChatClient
{
    private readonly ChatClientMetadata _metadata = new("planned-diffusion", defaultModelId: supervisor.ModelName);

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return Current() is { } client
            ? client.GetResponseAsync(messages, options, cancellationToken)
            : Later();

        async Task<ChatResponse> Later()
        {
            EngineMoment ready = await supervisor.ReadyAsync(cancellationToken).ConfigureAwait(false);
            return await ready.Client!.GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false);
        }
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return Current() is { } client
            ? client.GetStreamingResponseAsync(messages, options, cancellationToken)
            : Later(messages, options, cancellationToken);
    }

    /// <summary>
    /// Without a key: what the engine's own client has, while there is one; and at any time the metadata, the
    /// supervisor and the client itself.
    /// </summary>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null) return null;
        if (serviceType.IsInstanceOfType(this)) return this;
        if (serviceType == typeof(ChatClientMetadata)) return _metadata;
        if (serviceType == typeof(EngineSupervisor)) return supervisor;
        return supervisor.Now.Client?.GetService(serviceType);
    }

    public void Dispose()
    {
        // The engine is the supervisor's.
    }

    /// <summary>The engine's client; null while one has to wait for it.</summary>
    private PlannedDiffusionChatClient? Current()
    {
        EngineMoment now = supervisor.Now;
        bool waits = now.State == EngineState.Loading && supervisor.Settings.WaitWhileLoading;
        return now.Client ?? (waits ? null : throw supervisor.Unavailable(now));
    }

    private async IAsyncEnumerable<ChatResponseUpdate> Later(
        IEnumerable<ChatMessage> messages, ChatOptions? options,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        EngineMoment ready = await supervisor.ReadyAsync(cancellationToken).ConfigureAwait(false);
        IAsyncEnumerable<ChatResponseUpdate> updates =
            ready.Client!.GetStreamingResponseAsync(messages, options, cancellationToken);
        await foreach (ChatResponseUpdate update in updates.ConfigureAwait(false)) yield return update;
    }
}
