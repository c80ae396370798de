using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Models;

/// <summary>A tensor of a checkpoint, for a table.</summary>
/// <param name="Name">Name in the checkpoint.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">The shape as text: <c>[512, 64]</c>.</param>
/// <param name="Bytes">Bytes in the file.</param>
/// <param name="File">Name of the file, without its folder.</param>
public readonly record struct TensorSummary(string Name, StoredType Type, string Shape, long Bytes, string File);

/// <summary>The content of a checkpoint, in numbers. It keeps no file open.</summary>
public sealed record CheckpointSummary
{
    private CheckpointSummary(ModelConfig config, IReadOnlyList<TensorSummary> tensors, IReadOnlyList<string> notes)
    {
        Config = config;
        Tensors = tensors;
        Notes = notes;
    }

    /// <summary>The network's shape, as the engine would use it.</summary>
    public ModelConfig Config { get; }

    /// <summary>
    /// As <see cref="ModelWeights.Notes"/>, and tensors that are used although the configuration says otherwise.
    /// </summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The tensors of all files, by file and position.</summary>
    public IReadOnlyList<TensorSummary> Tensors { get; }

    /// <summary>Number of weights by the configuration. A tied head counts once.</summary>
    public long ParameterCount { get; private init; }

    /// <summary>Bytes of all tensors in the files, needed or not.</summary>
    public long TotalBytes { get; private init; }

    /// <summary>Bytes of the tensors that the network needs, as stored.</summary>
    public long NeededBytes { get; private init; }

    /// <summary>Reads configuration and headers of a folder. Whether they fit together is not checked.</summary>
    /// <exception cref="ModelConfigException">The configuration is not one that the engine computes.</exception>
    /// <exception cref="SafetensorsException">A weights file or the index is not valid.</exception>
    /// <exception cref="CheckpointException">The folder or its weights do not exist.</exception>
    public static CheckpointSummary Read(string directory)
    {
        using var files = CheckpointFiles.Open(directory);
        return Of(ModelConfigFile.Read(Path.Combine(directory, ModelConfigFile.Name)), files);
    }

    /// <summary>Summarizes open files.</summary>
    /// <exception cref="SafetensorsException">A weights file cannot be read.</exception>
    internal static CheckpointSummary Of(ModelConfig config, CheckpointFiles files)
    {
        bool stated = config.TiedEmbeddings;
        (config, List<string> notes) = CheckpointUse.Of(config, files);
        if (config.TiedEmbeddings != stated) notes.Add(CheckpointUse.OwnHead);
        var tensors = new List<TensorSummary>();
        foreach (SafetensorsFile file in files.Files)
        {
            string name = Path.GetFileName(file.Path);
            foreach (TensorInfo tensor in file.Header.Tensors)
            {
                tensors.Add(new TensorSummary(tensor.Name, tensor.Type, tensor.ShapeText, tensor.ByteCount, name));
            }
        }

        HashSet<string> needed = [.. WeightNames.All(config).Select(weight => weight.Name)];
        return new CheckpointSummary(config, tensors, notes)
        {
            ParameterCount = WeightNames.All(config).Sum(weight => weight.ElementCount),
            TotalBytes = tensors.Sum(tensor => tensor.Bytes),
            NeededBytes = tensors.Where(tensor => needed.Contains(tensor.Name)).Sum(tensor => tensor.Bytes),
        };
    }

    /// <summary>Memory that a runner needs for one sequence.</summary>
    /// <param name="positions">Positions of the sequence: prompt, plans and spans.</param>
    /// <param name="logitsRows">The most rows of one step whose logits are computed.</param>
    /// <param name="type">
    /// <see cref="DType.BF16"/> or <see cref="DType.F32"/> for weights of which the runner makes this type; null for
    /// bf16 as it is stored, and f32 for all else, as on the CPU.
    /// </param>
    /// <exception cref="ArgumentException">It is another type.</exception>
    public MemoryEstimate Estimate(int positions, int logitsRows, DType? type = null)
    {
        if (type is not (null or DType.BF16 or DType.F32))
            throw new ArgumentException($"No runner keeps weights in {type}.", nameof(type));
        return new MemoryEstimate(
            WeightBytes(type),
            positions * MemoryEstimate.KeyValueBytesPerPosition(Config),
            (long)logitsRows * Config.VocabularySize * sizeof(float));
    }

    private long WeightBytes(DType? type)
    {
        if (type is { } one) return ParameterCount * WeightValues.SizeOf(one);
        HashSet<string> needed = [.. WeightNames.All(Config).Select(weight => weight.Name)];
        return Tensors.Where(tensor => needed.Contains(tensor.Name))
            .Sum(tensor => tensor.Type == StoredType.F16 ? 2 * tensor.Bytes : tensor.Bytes); // f16 becomes f32
    }
}

/// <summary>Memory that a runner needs. Activations of a step are left out, because they are small.</summary>
/// <param name="WeightBytes">Weights in the runner's type. Its layout pads a little and keeps vectors in F32.</param>
/// <param name="KeyValueBytes">Keys and values in F32.</param>
/// <param name="LogitsBytes">Logits in F32.</param>
public readonly record struct MemoryEstimate(long WeightBytes, long KeyValueBytes, long LogitsBytes)
{
    /// <summary>The sum.</summary>
    public long TotalBytes => WeightBytes + KeyValueBytes + LogitsBytes;

    /// <summary>Bytes of one position's keys and values in all layers, in F32.</summary>
    public static long KeyValueBytesPerPosition(ModelConfig config) =>
        2L * config.LayerCount * config.KvSize * sizeof(float);
}
