using System.Buffers.Binary;
using PlannedDiffusion.Models;
using PlannedDiffusion.Weights;

namespace PlannedDiffusion.TestKit;

/// <summary>
/// Models of any shape with random weights, in memory or as a checkpoint folder. The same configuration, type and seed
/// give the same bytes in both.
/// </summary>
public static class TinyModels
{
    /// <summary>A configuration. Sizes need not be round, but the heads must fit.</summary>
    public static ModelConfig Config(
        int hidden = 64,
        int mlp = 160,
        int layers = 2,
        int heads = 4,
        int kvHeads = 2,
        int headSize = 16,
        int vocabulary = 512,
        bool tied = false) => new()
        {
            ModelType = tied ? "qwen2" : "Dream",
            HiddenSize = hidden,
            IntermediateSize = mlp,
            LayerCount = layers,
            HeadCount = heads,
            KvHeadCount = kvHeads,
            HeadSize = headSize,
            VocabularySize = vocabulary,
            MaxPositions = 2048,
            RopeTheta = 1e6,
            RmsNormEpsilon = 1e-6f,
            TiedEmbeddings = tied,
            MaskTokenId = vocabulary - 1,
        };

    /// <summary>Weights in memory.</summary>
    public static ModelWeights InMemory(ModelConfig config, DType type = DType.BF16, int seed = 1) =>
        InMemory(config, _ => type, seed);

    /// <summary>The same with a type for each tensor name, because a checkpoint may mix types.</summary>
    public static ModelWeights InMemory(ModelConfig config, Func<string, DType> typeOf, int seed = 1)
    {
        var tensors = new Dictionary<string, WeightTensor>();
        foreach (WeightShape weight in WeightNames.All(config))
        {
            DType type = typeOf(weight.Name);
            int columns = (int)weight.Shape[^1], rows = weight.Shape.Count == 2 ? (int)weight.Shape[0] : 1;
            TensorBytes data = TensorBytes.InMemory(RandomWeights.Bytes(weight, type, seed));
            tensors.Add(weight.Name, new WeightTensor(weight.Name, type, rows, columns, data));
        }

        return ModelWeightsLoader.Assemble(config, name => tensors[name], owner: null);
    }

    /// <summary>
    /// A model of bf16 weights with one value in a token's embedding replaced, by NaN or a large number.
    /// </summary>
    public static ModelWeights WithEmbedding(ModelWeights weights, int token, float value) => new(
        weights.Config, Damaged(weights.Embedding, token, value), weights.Layers, weights.FinalNorm, weights.LmHead,
        weights);

    /// <summary>The same in the output head's row of a token.</summary>
    public static ModelWeights WithHead(ModelWeights weights, int token, float value) => new(
        weights.Config, weights.Embedding, weights.Layers, weights.FinalNorm, Damaged(weights.LmHead, token, value),
        weights);

    /// <summary>The same in the bias of the first layer's keys: for one dimension of the first head.</summary>
    public static ModelWeights WithKeyBias(ModelWeights weights, float value)
    {
        LayerWeights first = weights.Layers[0];
        LayerWeights[] layers = [first with { KeyBias = Damaged(first.KeyBias, 0, value) }, .. weights.Layers.Skip(1)];
        return new ModelWeights(
            weights.Config, weights.Embedding, layers, weights.FinalNorm, weights.LmHead, weights);
    }

    /// <summary>
    /// Writes <c>config.json</c> and one safetensors file, or several with an index, into an existing folder.
    /// </summary>
    public static void WriteTo(
        string directory, ModelConfig config, DType type = DType.BF16, int seed = 1, int shards = 1)
    {
        using (FileStream file = File.Create(Path.Combine(directory, ModelConfigFile.Name)))
            ModelConfigFile.Write(file, config);
        WeightShape[] weights = [.. WeightNames.All(config)];
        if (shards == 1)
        {
            WriteFile(Path.Combine(directory, CheckpointFiles.SingleName), weights, type, seed);
            return;
        }

        var map = new Dictionary<string, string>();
        for (int shard = 0; shard < shards; shard++)
        {
            string name = $"model-{shard + 1:d5}-of-{shards:d5}.safetensors";
            WeightShape[] part = weights[(shard * weights.Length / shards)..((shard + 1) * weights.Length / shards)];
            WriteFile(Path.Combine(directory, name), part, type, seed);
            foreach (WeightShape weight in part) map.Add(weight.Name, name);
        }

        WriteIndex(directory, map);
    }

    /// <summary>Writes <c>model.safetensors.index.json</c>.</summary>
    public static void WriteIndex(string directory, IReadOnlyDictionary<string, string> shardOf)
    {
        IEnumerable<string> lines = shardOf.Select(entry => $"    \"{entry.Key}\": \"{entry.Value}\"");
        File.WriteAllText(
            Path.Combine(directory, CheckpointFiles.IndexName),
            $$"""
            {
              "metadata": {},
              "weight_map": {
            {{string.Join(",\n", lines)}}
              }
            }
            """);
    }

    private static WeightTensor Damaged(WeightTensor tensor, int row, float value)
    {
        var bytes = new byte[tensor.Data.Length];
        tensor.Data.Read(0, bytes);
        ushort bits = (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(row * tensor.Columns * sizeof(ushort)), bits);
        return tensor with { Data = TensorBytes.InMemory(bytes) };
    }

    private static void WriteFile(string path, WeightShape[] weights, DType type, int seed)
    {
        using FileStream file = File.Create(path);
        TensorDeclaration[] tensors =
            [.. weights.Select(weight => new TensorDeclaration(weight.Name, type.AsStored(), weight.Shape))];
        var writer = new SafetensorsWriter(file, tensors);
        foreach (WeightShape weight in weights) writer.Write(RandomWeights.Bytes(weight, type, seed));
        writer.Complete();
    }
}
