namespace PlannedDiffusion.Models;

/// <summary>Name and shape of a tensor that a checkpoint must have; a vector has one dimension.</summary>
internal readonly record struct WeightShape(string Name, IReadOnlyList<long> Shape)
{
    /// <summary>Number of elements.</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, dimension) => product * dimension);
}

/// <summary>The names of the tensors of a Dream / Qwen2 checkpoint, and which of them a configuration needs.</summary>
internal static class WeightNames
{
    /// <summary>[vocabulary, hidden].</summary>
    public const string Embedding = "model.embed_tokens.weight";

    /// <summary>[hidden].</summary>
    public const string FinalNorm = "model.norm.weight";

    /// <summary>[vocabulary, hidden]; a tied checkpoint need not have it.</summary>
    public const string LmHead = "lm_head.weight";

    internal const string InputNorm = "input_layernorm.weight";
    internal const string Query = "self_attn.q_proj.weight";
    internal const string QueryBias = "self_attn.q_proj.bias";
    internal const string Key = "self_attn.k_proj.weight";
    internal const string KeyBias = "self_attn.k_proj.bias";
    internal const string Value = "self_attn.v_proj.weight";
    internal const string ValueBias = "self_attn.v_proj.bias";
    internal const string Output = "self_attn.o_proj.weight";
    internal const string PostAttentionNorm = "post_attention_layernorm.weight";
    internal const string Gate = "mlp.gate_proj.weight";
    internal const string Up = "mlp.up_proj.weight";
    internal const string Down = "mlp.down_proj.weight";

    /// <summary>Every tensor that the network needs, in the order of the forward pass.</summary>
    public static IEnumerable<WeightShape> All(ModelConfig config)
    {
        long hidden = config.HiddenSize, mlp = config.IntermediateSize, vocabulary = config.VocabularySize;
        long query = config.QuerySize, kv = config.KvSize;
        yield return new WeightShape(Embedding, [vocabulary, hidden]);
        for (int layer = 0; layer < config.LayerCount; layer++)
        {
            yield return new WeightShape(InLayer(layer, InputNorm), [hidden]);
            yield return new WeightShape(InLayer(layer, Query), [query, hidden]);
            yield return new WeightShape(InLayer(layer, QueryBias), [query]);
            yield return new WeightShape(InLayer(layer, Key), [kv, hidden]);
            yield return new WeightShape(InLayer(layer, KeyBias), [kv]);
            yield return new WeightShape(InLayer(layer, Value), [kv, hidden]);
            yield return new WeightShape(InLayer(layer, ValueBias), [kv]);
            yield return new WeightShape(InLayer(layer, Output), [hidden, query]);
            yield return new WeightShape(InLayer(layer, PostAttentionNorm), [hidden]);
            yield return new WeightShape(InLayer(layer, Gate), [mlp, hidden]);
            yield return new WeightShape(InLayer(layer, Up), [mlp, hidden]);
            yield return new WeightShape(InLayer(layer, Down), [hidden, mlp]);
        }

        yield return new WeightShape(FinalNorm, [hidden]);
        if (!config.TiedEmbeddings) yield return Head(config);
    }

    internal static WeightShape Head(ModelConfig config) => new(LmHead, [config.VocabularySize, config.HiddenSize]);

    internal static string InLayer(int layer, string part) => $"model.layers.{layer}.{part}";
}
