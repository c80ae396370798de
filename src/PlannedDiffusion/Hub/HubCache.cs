using PlannedDiffusion.Files;
using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Hub;

/// <summary>Finds models in the cache that all tools of a Hugging Face hub share. It never asks the network.</summary>
public static class HubCache
{
    /// <summary>
    /// The folder that is meant by a path or a model's name. A folder that exists wins. Else a text with exactly one
    /// slash may be a name, <c>OWNER/NAME</c> or <c>OWNER/NAME@REVISION</c>, and its snapshot in the cache is meant.
    /// </summary>
    /// <param name="model">A path, or a name.</param>
    /// <param name="settings">Where the cache is; by default what the environment says.</param>
    /// <exception cref="HubException">
    /// There is no such folder, and no such model in the cache, or not all of it; the message says how to fetch it.
    /// </exception>
    public static string Resolve(string model, HubSettings? settings = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        if (Directory.Exists(model)) return model;
        if (!ModelName.TryParse(model, out ModelName? name))
            throw new HubException(HubFailure.NoSuchFolder, model, "no such folder");
        settings ??= HubSettings.FromEnvironment();
        string? folder = FolderOf(name, settings);
        if (folder is null)
        {
            throw new HubException(
                HubFailure.NotCached, model,
                $"no such folder, and no such model in {settings.CacheFolder}; this fetches it: pd pull {name}");
        }

        if (Lacks(folder) is { } missing)
        {
            throw new HubException(
                HubFailure.NotCached, model,
                $"no such folder, and of the model {MessageText.Quote(missing)} is not in {folder}; " +
                $"this fetches it: pd pull {name}")
            {
                File = missing,
            };
        }

        return folder;
    }

    /// <summary>The snapshot of a model in the cache; null if it is not there, or not all of it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="settings">Where the cache is; by default what the environment says.</param>
    /// <exception cref="HubException">A variable of the environment cannot be used.</exception>
    public static string? Find(ModelName model, HubSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return FolderOf(model, settings ?? HubSettings.FromEnvironment()) is { } folder && Lacks(folder) is null
            ? folder : null;
    }

    /// <summary>The model, at its commit, whose snapshot in a cache a folder is; null if it is none.</summary>
    public static ModelName? ModelOf(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return RepositoryFolder.ModelOf(folder);
    }

    private static string? FolderOf(ModelName model, HubSettings settings)
    {
        var repository = new RepositoryFolder(settings.CacheFolder, model);
        return repository.Commit() is { } commit && Directory.Exists(repository.Snapshot(commit))
            ? repository.Snapshot(commit) : null;
    }

    /// <summary>
    /// A file that a snapshot must have and lacks, because somebody fetched a part of it. A snapshot without weights
    /// can be meant: of a tokenizer, say.
    /// </summary>
    private static string? Lacks(string folder)
    {
        if (!Has(WantedFiles.ConfigName)) return WantedFiles.ConfigName;
        string index = Path.Combine(folder, CheckpointFiles.IndexName);
        if (Has(CheckpointFiles.SingleName) || !File.Exists(index)) return null;
        try
        {
            return SafetensorsIndex.Read(index).ShardOf.Values.Distinct().Order(StringComparer.Ordinal)
                .FirstOrDefault(shard => !Has(shard));
        }
        catch (SafetensorsException)
        {
            return null; // whoever loads the weights says what is wrong
        }

        // A link whose target is gone exists, for .NET.
        bool Has(string name)
        {
            var file = new FileInfo(Path.Combine(folder, name));
            return file.Exists && (file.LinkTarget is null || file.ResolveLinkTarget(true) is { Exists: true });
        }
    }
}
