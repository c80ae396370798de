namespace PlannedDiffusion.Models.Packing;

/// <summary>Checks weights before a runner brings them into its own layout.</summary>
internal static class WeightRules
{
    /// <summary>Compares every tensor with the configuration.</summary>
    /// <exception cref="ArgumentException">A tensor has another shape than the configuration says.</exception>
    public static void Check(ModelWeights weights)
    {
        weights.EnsureOpen();
        ModelConfig config = weights.Config;
        CheckSizes(config);
        if (config.HeadSize % 2 != 0) throw new ArgumentException($"head_size {config.HeadSize} is odd.");
        if (config.HeadCount % config.KvHeadCount != 0)
            throw new ArgumentException($"{config.KvHeadCount} key/value heads for {config.HeadCount} heads.");
        if (weights.Layers.Count != config.LayerCount)
            throw new ArgumentException($"{weights.Layers.Count} layers, the configuration says {config.LayerCount}.");
        Expect(weights.Embedding, config.VocabularySize, config.HiddenSize);
        Expect(weights.LmHead, config.VocabularySize, config.HiddenSize);
        Expect(weights.FinalNorm, 1, config.HiddenSize);
        foreach (LayerWeights layer in weights.Layers) Check(layer, config);
    }

    /// <summary>A configuration need not come from a file, so the ranges of a file are checked here.</summary>
    private static void CheckSizes(ModelConfig config)
    {
        Range(config.HiddenSize, ModelConfigReader.MaxWidth, "hidden_size");
        Range(config.IntermediateSize, ModelConfigReader.MaxMlp, "intermediate_size");
        Range(config.LayerCount, ModelConfigReader.MaxLayers, "num_hidden_layers");
        Range(config.HeadCount, ModelConfigReader.MaxHeads, "num_attention_heads");
        Range(config.KvHeadCount, config.HeadCount, "num_key_value_heads");
        Range(config.HeadSize, ModelConfigReader.MaxHeadSize, "head_dim");
        Range(config.VocabularySize, ModelConfigReader.MaxVocabulary, "vocab_size");

        static void Range(int value, int most, string field)
        {
            if (value < 1 || value > most)
                throw new ArgumentException($"{field} {value} is not a number from 1 to {most}.");
        }
    }

    private static void Check(LayerWeights layer, ModelConfig config)
    {
        Expect(layer.InputNorm, 1, config.HiddenSize);
        Expect(layer.Query, config.QuerySize, config.HiddenSize);
        Expect(layer.QueryBias, 1, config.QuerySize);
        Expect(layer.Key, config.KvSize, config.HiddenSize);
        Expect(layer.KeyBias, 1, config.KvSize);
        Expect(layer.Value, config.KvSize, config.HiddenSize);
        Expect(layer.ValueBias, 1, config.KvSize);
        Expect(layer.Output, config.HiddenSize, config.QuerySize);
        Expect(layer.PostAttentionNorm, 1, config.HiddenSize);
        Expect(layer.Gate, config.IntermediateSize, config.HiddenSize);
        Expect(layer.Up, config.IntermediateSize, config.HiddenSize);
        Expect(layer.Down, config.HiddenSize, config.IntermediateSize);
    }

    /// <exception cref="ArgumentException">A tensor has more or fewer bytes than its shape says.</exception>
    public static void CheckData(ModelWeights weights)
    {
        foreach (WeightTensor tensor in weights.Tensors())
        {
            if (tensor.Data is null) throw new ArgumentException($"{tensor.Name} has no data.");
            long bytes = StackedRows.SizeOf(tensor);
            if (tensor.Data.Length != bytes)
                throw new ArgumentException($"{tensor.Name} has {tensor.Data.Length} bytes, its shape takes {bytes}.");
        }
    }

    private static void Expect(WeightTensor tensor, int rows, int columns)
    {
        if (tensor.Rows != rows || tensor.Columns != columns)
        {
            throw new ArgumentException(
                $"{tensor.Name} is [{tensor.Rows}, {tensor.Columns}], the configuration needs [{rows}, {columns}].");
        }
    }
}
