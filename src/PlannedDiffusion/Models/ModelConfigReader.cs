using System.Text.Json;
using PlannedDiffusion.Files;
using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Models;

/// <summary>
/// Reads the fields of a <c>config.json</c>. Every number has a range, so that products cannot overflow. A feature that
/// changes the network and is not implemented is refused by name.
/// </summary>
internal sealed class ModelConfigReader(JsonElement root, string source)
{
    internal const int MaxWidth = 1 << 16;
    internal const int MaxMlp = 1 << 20;
    internal const int MaxLayers = 1 << 10;
    internal const int MaxHeads = 1 << 10;
    internal const int MaxHeadSize = 1 << 10;
    internal const int MaxVocabulary = 1 << 22;
    internal const int MaxPositions = 1 << 24;

    public ModelConfig Read()
    {
        string type = ReadModelType();
        RefuseOtherNetworks();
        int hidden = Integer("hidden_size", 1, MaxWidth), heads = Integer("num_attention_heads", 1, MaxHeads);
        int vocabulary = Integer("vocab_size", 1, MaxVocabulary);
        return new ModelConfig
        {
            ModelType = type,
            HiddenSize = hidden,
            IntermediateSize = Integer("intermediate_size", 1, MaxMlp),
            LayerCount = Integer("num_hidden_layers", 1, MaxLayers),
            HeadCount = heads,
            KvHeadCount = ReadKvHeads(heads),
            HeadSize = ReadHeadSize(hidden, heads),
            VocabularySize = vocabulary,
            MaxPositions = Has("max_position_embeddings") ? Integer("max_position_embeddings", 1, MaxPositions) : 32768,
            RopeTheta = ReadRopeTheta(),
            RmsNormEpsilon = Has("rms_norm_eps") ? (float)Real(root, "rms_norm_eps", 1e-12, 1) : 1e-6f,
            TiedEmbeddings = Flag("tie_word_embeddings"),
            MaskTokenId = Has("mask_token_id") ? Integer("mask_token_id", 0, vocabulary - 1) : null,
            DenseByDefault = Flag("disable_block_sparsity"),
        };
    }

    private string ReadModelType()
    {
        string type = Text("model_type");
        return type is "Dream" or "dream" or "qwen2"
            ? type
            : throw Failure($"model_type {MessageText.Quote(type)} is not supported: Dream and qwen2 are");
    }

    // In this format null and a missing field both mean "not used".
    private void RefuseOtherNetworks()
    {
        if (Has("hidden_act") && Text("hidden_act") is not ("silu" or "swish")) throw Refused("hidden_act");
        if (Has("partial_rotary_factor") && !IsOne(root.GetProperty("partial_rotary_factor")))
            throw Refused("partial_rotary_factor");
        if (Has("quantization_config")) throw Refused("quantization_config");
        if (Flag("use_sliding_window") && SomeLayerSlides()) throw Refused("use_sliding_window");
        if (Flag("mlp_bias")) throw Refused("mlp_bias");
        if (Flag("attention_out_bias")) throw Refused("attention_out_bias");
        // The family's q, k and v projections have biases.
        if (Has("attention_bias") && !Flag("attention_bias")) throw Refused("attention_bias");
        if (!Has("layer_types")) return;
        JsonElement layers = root.GetProperty("layer_types");
        bool full = layers.ValueKind == JsonValueKind.Array && layers.EnumerateArray().All(
            layer => layer.ValueKind == JsonValueKind.String && layer.ValueEquals("full_attention"));
        if (!full) throw Refused("layer_types");
    }

    // A window without a size is not used. Layers before max_window_layers see everything.
    private bool SomeLayerSlides() => Has("sliding_window")
        && !(Has("max_window_layers")
            && Integer("max_window_layers", 0, MaxLayers) >= Integer("num_hidden_layers", 1, MaxLayers));

    private int ReadKvHeads(int heads)
    {
        int kvHeads = Has("num_key_value_heads") ? Integer("num_key_value_heads", 1, heads) : heads;
        return heads % kvHeads == 0
            ? kvHeads
            : throw Failure($"num_key_value_heads {kvHeads} does not divide num_attention_heads {heads}");
    }

    private int ReadHeadSize(int hidden, int heads)
    {
        int size = Has("head_dim") ? Integer("head_dim", 2, MaxHeadSize) : hidden / heads;
        if (!Has("head_dim") && hidden % heads != 0)
            throw Failure($"num_attention_heads {heads} does not divide hidden_size {hidden}; head_dim is missing");
        return size is >= 2 and <= MaxHeadSize && size % 2 == 0
            ? size
            : throw Failure($"a head size of {size} is not an even number from 2 to {MaxHeadSize}");
    }

    // rope_theta is at the top level or, from newer tools, in an object. Both objects may say that nothing is scaled.
    private double ReadRopeTheta()
    {
        double? theta = Has("rope_theta") ? ReadTheta(root, "rope_theta") : null;
        foreach (string field in (string[])["rope_scaling", "rope_parameters"])
        {
            if (!Has(field)) continue;
            JsonElement rope = root.GetProperty(field);
            if (rope.ValueKind != JsonValueKind.Object) throw Wrong(field, rope, "an object");
            if (!rope.EnumerateObject().All(ScalesNothing)) throw Refused(field);
            if (!Present(rope, "rope_theta")) continue;
            double inner = ReadTheta(rope, "rope_theta");
            if (theta is not null && theta != inner)
                throw Failure($"rope_theta is {theta}, but {inner} in {field}");
            theta = inner;
        }

        return theta ?? throw Failure("rope_theta is missing");
    }

    private static bool ScalesNothing(JsonProperty field) => field.Name switch
    {
        _ when field.Value.ValueKind == JsonValueKind.Null => true,
        "rope_theta" => true,
        "rope_type" or "type" =>
            field.Value.ValueKind == JsonValueKind.String && field.Value.ValueEquals("default"),
        "factor" or "partial_rotary_factor" => IsOne(field.Value),
        _ => false,
    };

    private static bool IsOne(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number == 1;

    private double ReadTheta(JsonElement parent, string field) => Real(parent, field, 1, 1e12);

    private bool Has(string field) => Present(root, field);

    private static bool Present(JsonElement parent, string field) =>
        parent.TryGetProperty(field, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    private string Text(string field)
    {
        JsonElement value = Required(root, field);
        return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(field, value, "a string");
    }

    private bool Flag(string field)
    {
        if (!Has(field)) return false;
        JsonElement value = root.GetProperty(field);
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw Wrong(field, value, "true or false");
    }

    private int Integer(string field, int least, int most)
    {
        JsonElement value = Required(root, field);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number)
            && number >= least && number <= most
            ? number
            : throw Wrong(field, value, $"a whole number from {least} to {most}");
    }

    private double Real(JsonElement parent, string field, double least, double most)
    {
        JsonElement value = Required(parent, field);
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number)
            && number >= least && number <= most
            ? number
            : throw Wrong(field, value, $"a number from {least} to {most}");
    }

    private JsonElement Required(JsonElement parent, string field) =>
        Present(parent, field) ? parent.GetProperty(field) : throw Failure($"{field} is missing");

    private ModelConfigException Refused(string field) =>
        Failure($"{field} {MessageText.Quote(root.GetProperty(field).GetRawText())} is not supported");

    private ModelConfigException Wrong(string field, JsonElement value, string wanted) =>
        Failure($"{field} is {MessageText.Quote(value.GetRawText())}, not {wanted}");

    private ModelConfigException Failure(string problem) => new(source, problem);
}
