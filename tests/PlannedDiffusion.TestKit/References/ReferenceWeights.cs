using System.Buffers.Binary;
using System.Text.Json;
using PlannedDiffusion.Models;
using PlannedDiffusion.Weights;

namespace PlannedDiffusion.TestKit;

/// <summary>The weights of one layer as doubles, row-major [out, in].</summary>
public sealed record ReferenceLayer(
    double[] InputNorm,
    double[] Query,
    double[] QueryBias,
    double[] Key,
    double[] KeyBias,
    double[] Value,
    double[] ValueBias,
    double[] Output,
    double[] PostAttentionNorm,
    double[] Gate,
    double[] Up,
    double[] Down);

/// <summary>
/// All weights of a checkpoint as doubles. It has its own plain reader of safetensors, so that it checks the library's
/// reader independently.
/// </summary>
public sealed record ReferenceWeights(
    ModelConfig Config,
    double[] Embedding,
    IReadOnlyList<ReferenceLayer> Layers,
    double[] FinalNorm,
    double[] LmHead)
{
    /// <summary>Reads a model folder: <c>config.json</c> and every <c>*.safetensors</c> file.</summary>
    public static ReferenceWeights Read(string folder)
    {
        var tensors = new Dictionary<string, double[]>();
        foreach (string file in Directory.GetFiles(folder, "*.safetensors")) ReadTensors(file, tensors);
        ModelConfig config = ReadConfig(Path.Combine(folder, "config.json"));
        ReferenceLayer[] layers = [.. Enumerable.Range(0, config.LayerCount).Select(i =>
        {
            double[] Layer(string name) => tensors[$"model.layers.{i}.{name}"];
            return new ReferenceLayer(
                Layer("input_layernorm.weight"),
                Layer("self_attn.q_proj.weight"),
                Layer("self_attn.q_proj.bias"),
                Layer("self_attn.k_proj.weight"),
                Layer("self_attn.k_proj.bias"),
                Layer("self_attn.v_proj.weight"),
                Layer("self_attn.v_proj.bias"),
                Layer("self_attn.o_proj.weight"),
                Layer("post_attention_layernorm.weight"),
                Layer("mlp.gate_proj.weight"),
                Layer("mlp.up_proj.weight"),
                Layer("mlp.down_proj.weight"));
        })];
        double[] embedding = tensors["model.embed_tokens.weight"];
        double[] head = tensors.GetValueOrDefault("lm_head.weight", embedding);
        return new ReferenceWeights(config, embedding, layers, tensors["model.norm.weight"], head);
    }

    /// <summary>Widens the weights that the library has opened.</summary>
    public static ReferenceWeights From(ModelWeights weights) => new(
        weights.Config,
        Widen(weights.Embedding),
        [.. weights.Layers.Select(layer => new ReferenceLayer(
            Widen(layer.InputNorm),
            Widen(layer.Query),
            Widen(layer.QueryBias),
            Widen(layer.Key),
            Widen(layer.KeyBias),
            Widen(layer.Value),
            Widen(layer.ValueBias),
            Widen(layer.Output),
            Widen(layer.PostAttentionNorm),
            Widen(layer.Gate),
            Widen(layer.Up),
            Widen(layer.Down)))],
        Widen(weights.FinalNorm),
        Widen(weights.LmHead));

    /// <summary>The same with every matrix rounded. Vectors are not rounded.</summary>
    public ReferenceWeights WithMatrices(Func<double, double> round)
    {
        double[] Rounded(double[] matrix) => [.. matrix.Select(round)];
        return this with
        {
            Embedding = Rounded(Embedding),
            LmHead = Rounded(LmHead),
            Layers =
            [
                .. Layers.Select(layer => layer with
                {
                    Query = Rounded(layer.Query),
                    Key = Rounded(layer.Key),
                    Value = Rounded(layer.Value),
                    Output = Rounded(layer.Output),
                    Gate = Rounded(layer.Gate),
                    Up = Rounded(layer.Up),
                    Down = Rounded(layer.Down),
                }),
            ],
        };
    }

    private static double[] Widen(WeightTensor tensor) => Widen(tensor.Type, tensor.Bytes());

    private static double[] Widen(DType type, ReadOnlySpan<byte> bytes)
    {
        int size = type == DType.F32 ? 4 : 2;
        var values = new double[bytes.Length / size];
        for (int i = 0; i < values.Length; i++)
        {
            ReadOnlySpan<byte> element = bytes.Slice(i * size, size);
            values[i] = type switch
            {
                DType.F32 => BinaryPrimitives.ReadSingleLittleEndian(element),
                DType.F16 => (double)BinaryPrimitives.ReadHalfLittleEndian(element),
                _ => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(element) << 16),
            };
        }

        return values;
    }

    private static void ReadTensors(string file, Dictionary<string, double[]> tensors)
    {
        byte[] bytes = File.ReadAllBytes(file);
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using JsonDocument document = JsonDocument.Parse(bytes.AsMemory(8, header));
        foreach (JsonProperty entry in document.RootElement.EnumerateObject())
        {
            if (entry.Name == "__metadata__") continue;
            int[] offsets = entry.Value.GetProperty("data_offsets").Integers();
            DType type = Enum.Parse<DType>(entry.Value.GetProperty("dtype").GetString()!);
            tensors.Add(entry.Name, Widen(type, bytes.AsSpan(8 + header + offsets[0], offsets[1] - offsets[0])));
        }
    }

    private static ModelConfig ReadConfig(string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
        JsonElement config = document.RootElement;
        int Int(string name) => config.GetProperty(name).GetInt32();
        return new ModelConfig
        {
            ModelType = config.GetProperty("model_type").GetString()!,
            HiddenSize = Int("hidden_size"),
            IntermediateSize = Int("intermediate_size"),
            LayerCount = Int("num_hidden_layers"),
            HeadCount = Int("num_attention_heads"),
            KvHeadCount = Int("num_key_value_heads"),
            HeadSize = Int("hidden_size") / Int("num_attention_heads"),
            VocabularySize = Int("vocab_size"),
            MaxPositions = Int("max_position_embeddings"),
            RopeTheta = config.GetProperty("rope_theta").GetDouble(),
            RmsNormEpsilon = config.GetProperty("rms_norm_eps").GetSingle(),
            TiedEmbeddings = config.Optional("tie_word_embeddings")?.GetBoolean() ?? false,
            MaskTokenId = config.Optional("mask_token_id")?.GetInt32(),
        };
    }
}
