using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace PlannedDiffusion.Hosting;

/// <summary>Binds the configuration's section of a model, if the container has a configuration.</summary>
internal sealed class SettingsBinding(string name, IServiceProvider services)
    : IConfigureNamedOptions<PlannedDiffusionSettings>
{
    public const string Root = "PlannedDiffusion";

    /// <summary>The section of the model with a name; the name is empty without a key.</summary>
    public static string Section(string name) => name.Length == 0 ? Root : $"{Root}:{name}";

    public void Configure(PlannedDiffusionSettings options) => Configure(Options.DefaultName, options);

    public void Configure(string? asked, PlannedDiffusionSettings options)
    {
        if (asked != name) return;
        services.GetService<IConfiguration>()?.GetSection(Section(name)).Bind(options);
    }
}
