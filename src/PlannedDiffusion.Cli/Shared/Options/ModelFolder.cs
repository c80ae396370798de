using System.CommandLine;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Hub;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>The option <c>--model</c>, and the default checkpoint.</summary>
internal static class ModelFolder
{
    public static Option<string?> Option() => new("--model", "-m")
    {
        Description = "Checkpoint folder (config.json, safetensors, tokenizer), or OWNER/NAME that pd pull fetched. " +
            "Without it: models/demo, above the program or above the current folder.",
        HelpName = "folder",
    };

    /// <summary>The folder that the option names, directly or in the cache of models, or the demo checkpoint.</summary>
    /// <exception cref="UsageException">There is no such folder or model, or no demo checkpoint.</exception>
    public static string Resolve(string? given)
    {
        if (given is not null) return ResolveNamed(given);

        string here = Directory.GetCurrentDirectory();
        return FindDemo(AppContext.BaseDirectory) ?? FindDemo(here) ?? throw new UsageException(
            $"no --model, and no models/demo above {AppContext.BaseDirectory} or {here}");
    }

    private static string ResolveNamed(string given)
    {
        try
        {
            return HubCache.Resolve(given);
        }
        catch (HubException e)
        {
            throw new UsageException($"--model {e.Message}");
        }
    }

    private static string? FindDemo(string start)
    {
        for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
        {
            string demo = Path.Combine(folder.FullName, "models", "demo");
            if (File.Exists(Path.Combine(demo, ModelConfigFile.Name))) return demo;
        }

        return null;
    }
}
