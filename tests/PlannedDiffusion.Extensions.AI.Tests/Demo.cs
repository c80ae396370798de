using Microsoft.Extensions.AI;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Extensions.AI.Tests;

/// <summary>The demo checkpoint, loaded once for a class.</summary>
public sealed class Demo : IDisposable
{
    /// <summary>The engine.</summary>
    public PlannedDiffusionEngine Engine { get; } = Clients.LoadDemo();

    public void Dispose() => Engine.Dispose();
}

/// <summary>What programs do with updates.</summary>
internal static class ConversationExtensions
{
    /// <summary>Adds the answer to a conversation as it was streamed.</summary>
    public static async Task AddUpdates(
        this List<ChatMessage> messages, IChatClient client, CancellationToken cancellation)
    {
        var contents = new List<AIContent>();
        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(
            [.. messages], cancellationToken: cancellation))
            contents.AddRange(update.Contents);
        messages.Add(new ChatMessage(ChatRole.Assistant, contents));
    }
}
