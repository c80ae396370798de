using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace PlannedDiffusion.Hosting;

/// <summary>A model that the container has, by its key.</summary>
/// <param name="Key">The key; null without one.</param>
internal sealed record SupervisedModel(string? Key)
{
    /// <summary>The name of its options.</summary>
    public string Name => Key ?? Options.DefaultName;

    public EngineSupervisor Supervisor(IServiceProvider services) => Key is null
        ? services.GetRequiredService<EngineSupervisor>()
        : services.GetRequiredKeyedService<EngineSupervisor>(Key);
}
