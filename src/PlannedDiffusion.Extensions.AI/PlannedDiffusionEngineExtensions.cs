using Microsoft.Extensions.AI;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Extensions.AI;

/// <summary>An engine as what .NET's AI libraries expect.</summary>
public static class PlannedDiffusionEngineExtensions
{
    /// <summary>A client of the engine. Disposing it leaves the engine alone.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="modelId">The model's name in metadata and responses; a request for another one is refused.</param>
    public static IChatClient AsIChatClient(this PlannedDiffusionEngine engine, string? modelId = null) =>
        new PlannedDiffusionChatClient(engine, new PlannedDiffusionChatClientOptions { ModelId = modelId });
}
