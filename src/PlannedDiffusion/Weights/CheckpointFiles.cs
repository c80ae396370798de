using PlannedDiffusion.Files;

namespace PlannedDiffusion.Weights;

/// <summary>A tensor and the file that holds it.</summary>
internal readonly record struct StoredTensor(SafetensorsFile File, TensorInfo Info)
{
    /// <summary>Its bytes.</summary>
    public TensorBytes Data => File.DataOf(Info);
}

/// <summary>
/// The open safetensors files of a checkpoint folder: <c>model.safetensors</c>, or else the shards that
/// <c>model.safetensors.index.json</c> names.
/// </summary>
internal sealed class CheckpointFiles : IDisposable
{
    /// <summary>Name of an unsharded checkpoint's file.</summary>
    public const string SingleName = "model.safetensors";

    /// <summary>Name of a sharded checkpoint's index.</summary>
    public const string IndexName = "model.safetensors.index.json";

    private const string TiedHead = "lm_head.weight";

    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, StoredTensor> _tensors = [];

    private CheckpointFiles(string directory) => Directory = directory;

    /// <summary>The checkpoint's folder.</summary>
    public string Directory { get; }

    /// <summary>The open files, in the order of their names.</summary>
    public IReadOnlyList<SafetensorsFile> Files => _files;

    /// <summary>Names of safetensors and index files in the folder that are not used.</summary>
    public IReadOnlyList<string> UnusedFiles { get; private set; } = [];

    /// <summary>All tensors by name.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    /// <summary>Opens and validates the files of a folder.</summary>
    /// <exception cref="CheckpointException">The folder or its weights do not exist.</exception>
    /// <exception cref="SafetensorsException">
    /// A file or the index is not valid, or they contradict each other.
    /// </exception>
    public static CheckpointFiles Open(string directory)
    {
        if (!System.IO.Directory.Exists(directory)) throw new CheckpointException(directory, "no such folder");
        var files = new CheckpointFiles(directory);
        try
        {
            string single = Path.Combine(directory, SingleName), index = Path.Combine(directory, IndexName);
            if (RegularFile.Exists(single)) files.OpenSingle(single);
            else if (RegularFile.Exists(index)) files.OpenShards(SafetensorsIndex.Read(index));
            else throw new CheckpointException(directory, $"there is no {SingleName} and no {IndexName}");
            files.UnusedFiles = files.FindUnused();
            return files;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Closes all files.</summary>
    public void Dispose()
    {
        foreach (SafetensorsFile file in _files) file.Dispose();
    }

    internal void Map() => _files.ForEach(file => file.Map());

    internal void EnsureUnchanged() => _files.ForEach(file => file.EnsureUnchanged());

    private List<string> FindUnused()
    {
        HashSet<string> used = [IndexName, .. _files.Select(file => Path.GetFileName(file.Path))];
        bool single = used.Contains(SingleName);
        if (single && !IsIndexOfSingle()) used.Remove(IndexName);
        return [.. System.IO.Directory.EnumerateFiles(Directory).Select(path => Path.GetFileName(path)!)
            .Where(name => name.EndsWith(".safetensors", StringComparison.Ordinal) || name == IndexName)
            .Where(name => !used.Contains(name)).Order(StringComparer.Ordinal)];
    }

    /// <summary>True if the index beside a single file lists that file alone. Such an index adds nothing.</summary>
    private bool IsIndexOfSingle()
    {
        try
        {
            return SafetensorsIndex.Read(Path.Combine(Directory, IndexName)).ShardOf.Values.All(it => it == SingleName);
        }
        catch (SafetensorsException)
        {
            return false;
        }
    }

    private void OpenSingle(string path)
    {
        var file = SafetensorsFile.Open(path);
        _files.Add(file);
        foreach (TensorInfo tensor in file.Header.Tensors) _tensors.Add(tensor.Name, new StoredTensor(file, tensor));
    }

    private void OpenShards(SafetensorsIndex index)
    {
        foreach (string shard in index.ShardOf.Values.Distinct().Order(StringComparer.Ordinal)) OpenShard(index, shard);
        foreach ((string name, string shard) in index.ShardOf)
        {
            // Some tools list the head of a tied checkpoint without storing it. The loader reports it if it is needed.
            if (!_tensors.ContainsKey(name) && name != TiedHead)
            {
                throw new SafetensorsException(index.Path, $"tensor {MessageText.Quote(name)} is not in " +
                    $"its shard {MessageText.Quote(shard)}");
            }
        }
    }

    private void OpenShard(SafetensorsIndex index, string shard)
    {
        string path = Path.Combine(Directory, shard);
        if (!RegularFile.Exists(path))
        {
            throw new SafetensorsException(index.Path, $"the shard {MessageText.Quote(shard)} does not exist");
        }

        var file = SafetensorsFile.Open(path);
        _files.Add(file);
        foreach (TensorInfo tensor in file.Header.Tensors)
        {
            string name = MessageText.Quote(tensor.Name);
            if (!index.ShardOf.TryGetValue(tensor.Name, out string? listed))
                throw new SafetensorsException(path, $"tensor {name} is not in the index {IndexName}");
            if (listed != shard)
            {
                throw new SafetensorsException(
                    path, $"tensor {name} is here, but in {MessageText.Quote(listed)} by {IndexName}");
            }

            _tensors.Add(tensor.Name, new StoredTensor(file, tensor));
        }
    }
}
