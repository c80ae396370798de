using PlannedDiffusion.Files;

namespace PlannedDiffusion.Weights;

/// <summary>A tensor and the mapped file that holds it.</summary>
public readonly record struct StoredTensor(SafetensorsFile File, TensorInfo Info);

/// <summary>
/// The mapped safetensors files of a checkpoint folder: <c>model.safetensors</c>, or else the shards that
/// <c>model.safetensors.index.json</c> names.
/// </summary>
public sealed class CheckpointFiles : IDisposable
{
    /// <summary>Name of an unsharded checkpoint's file.</summary>
    public const string SingleName = "model.safetensors";

    /// <summary>Name of a sharded checkpoint's index.</summary>
    public const string IndexName = "model.safetensors.index.json";

    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, StoredTensor> _tensors = [];

    private CheckpointFiles(string directory) => Directory = directory;

    /// <summary>The checkpoint's folder.</summary>
    public string Directory { get; }

    /// <summary>The mapped files, in the order of their names.</summary>
    public IReadOnlyList<SafetensorsFile> Files => _files;

    /// <summary>All tensors by name.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    /// <summary>Maps and validates the files of a folder.</summary>
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
            return files;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Unmaps all files.</summary>
    public void Dispose()
    {
        foreach (SafetensorsFile file in _files) file.Dispose();
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
            if (!_tensors.ContainsKey(name))
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
