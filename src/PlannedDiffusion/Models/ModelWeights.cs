using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Models;

/// <summary>A matrix (or a vector: one row) of a checkpoint, row-major.</summary>
/// <param name="Name">Name in the checkpoint, for messages.</param>
/// <param name="Type">Element type as stored.</param>
/// <param name="Rows">Output rows; 1 for a vector.</param>
/// <param name="Columns">Elements of a row.</param>
/// <param name="Data">
/// The elements. Elements in a file can be read until the <see cref="ModelWeights"/> are disposed.
/// </param>
public readonly record struct WeightTensor(string Name, DType Type, int Rows, int Columns, TensorBytes Data);

/// <summary>The weights of one decoder layer, as stored.</summary>
public sealed record LayerWeights
{
    /// <summary>The norm before attention, [hidden].</summary>
    public required WeightTensor InputNorm { get; init; }

    /// <summary>The query projection, [heads * head, hidden].</summary>
    public required WeightTensor Query { get; init; }

    /// <summary>Its bias, [heads * head].</summary>
    public required WeightTensor QueryBias { get; init; }

    /// <summary>The key projection, [kv heads * head, hidden].</summary>
    public required WeightTensor Key { get; init; }

    /// <summary>Its bias, [kv heads * head].</summary>
    public required WeightTensor KeyBias { get; init; }

    /// <summary>The value projection, [kv heads * head, hidden].</summary>
    public required WeightTensor Value { get; init; }

    /// <summary>Its bias, [kv heads * head].</summary>
    public required WeightTensor ValueBias { get; init; }

    /// <summary>The output projection, [hidden, heads * head].</summary>
    public required WeightTensor Output { get; init; }

    /// <summary>The norm before the feed-forward network, [hidden].</summary>
    public required WeightTensor PostAttentionNorm { get; init; }

    /// <summary>The gate projection, [mlp, hidden].</summary>
    public required WeightTensor Gate { get; init; }

    /// <summary>The up projection, [mlp, hidden].</summary>
    public required WeightTensor Up { get; init; }

    /// <summary>The down projection, [hidden, mlp].</summary>
    public required WeightTensor Down { get; init; }
}

/// <summary>
/// All weights of a checkpoint, still in its files. A runner makes its own layout from them; then they may be disposed.
/// </summary>
public sealed class ModelWeights : IDisposable
{
    private readonly IDisposable? _owner;
    private bool _disposed;

    /// <summary>Gathers weights whose bytes <paramref name="owner"/> keeps readable.</summary>
    public ModelWeights(
        ModelConfig config,
        WeightTensor embedding,
        IReadOnlyList<LayerWeights> layers,
        WeightTensor finalNorm,
        WeightTensor lmHead,
        IDisposable? owner)
    {
        Config = config;
        Embedding = embedding;
        Layers = layers;
        FinalNorm = finalNorm;
        LmHead = lmHead;
        _owner = owner;
    }

    /// <summary>The network's shape.</summary>
    public ModelConfig Config { get; }

    /// <summary>Token embedding, [vocabulary, hidden].</summary>
    public WeightTensor Embedding { get; }

    /// <summary>The decoder layers.</summary>
    public IReadOnlyList<LayerWeights> Layers { get; }

    /// <summary>Scale of the last RMSNorm, [hidden].</summary>
    public WeightTensor FinalNorm { get; }

    /// <summary>Output head, [vocabulary, hidden]; the embedding itself if they are tied.</summary>
    public WeightTensor LmHead { get; }

    /// <summary>
    /// Things in the folder that are not used, each in one readable sentence: stray files, tensors of no layer.
    /// </summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Opens a checkpoint folder: <c>config.json</c>, and one safetensors file or its shards.</summary>
    /// <exception cref="ModelConfigException">The configuration is not one that the engine computes.</exception>
    /// <exception cref="SafetensorsException">A weights file or the index is not valid.</exception>
    /// <exception cref="CheckpointException">
    /// The folder or its weights do not exist, or tensors are missing, extra, of a wrong shape or of a type that the
    /// engine does not compute with.
    /// </exception>
    public static ModelWeights Load(string directory)
    {
        if (!Directory.Exists(directory)) throw new CheckpointException(directory, "no such folder");
        ModelConfig config = ModelConfigFile.Read(Path.Combine(directory, ModelConfigFile.Name));
        var files = CheckpointFiles.Open(directory);
        try
        {
            return new ModelWeightsLoader(config, files).Load();
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Every tensor, a tied head twice.</summary>
    internal IEnumerable<WeightTensor> Tensors()
    {
        yield return Embedding;
        foreach (LayerWeights layer in Layers)
        {
            yield return layer.InputNorm;
            yield return layer.Query;
            yield return layer.QueryBias;
            yield return layer.Key;
            yield return layer.KeyBias;
            yield return layer.Value;
            yield return layer.ValueBias;
            yield return layer.Output;
            yield return layer.PostAttentionNorm;
            yield return layer.Gate;
            yield return layer.Up;
            yield return layer.Down;
        }

        yield return FinalNorm;
        yield return LmHead;
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        _disposed = true;
        _owner?.Dispose();
    }

    /// <exception cref="ObjectDisposedException">The files are closed.</exception>
    internal void EnsureOpen() => ObjectDisposedException.ThrowIf(_disposed, this);

    /// <summary>Maps the files into memory; see <see cref="SafetensorsFile.Map"/>.</summary>
    internal void Map() => (_owner as CheckpointFiles)?.Map();

    /// <exception cref="SafetensorsException">A file was changed since it was opened.</exception>
    internal void EnsureUnchanged() => (_owner as CheckpointFiles)?.EnsureUnchanged();
}
