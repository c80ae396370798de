using System.Text.Json;
using PlannedDiffusion.Files;
using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Models;

/// <summary>Reads and writes <c>config.json</c> of the Dream family and of Qwen2.</summary>
public static class ModelConfigFile
{
    /// <summary>The file's name in a checkpoint folder.</summary>
    public const string Name = "config.json";

    private const int MaxBytes = 1 << 20;

    /// <summary>Reads and validates a file.</summary>
    /// <exception cref="ModelConfigException">
    /// It cannot be read, a field has a wrong type or value, or the engine does not compute the network.
    /// </exception>
    public static ModelConfig Read(string path)
    {
        try
        {
            return Parse(RegularFile.ReadText(path, MaxBytes), path);
        }
        catch (FileNotFoundException e)
        {
            throw new ModelConfigException(path, "no such file", e);
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) and not ModelConfigException)
        {
            throw new ModelConfigException(path, $"cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Validates the text of a configuration.</summary>
    /// <exception cref="ModelConfigException">As <see cref="Read"/>.</exception>
    public static ModelConfig Parse(ReadOnlyMemory<byte> json, string source)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new ModelConfigException(source, "not a JSON object");
            return new ModelConfigReader(document.RootElement, source).Read();
        }
        catch (JsonException e)
        {
            throw new ModelConfigException(source, $"not a valid JSON document: {MessageText.OneLine(e.Message)}", e);
        }
    }

    /// <summary>Writes a configuration that <see cref="Read"/> reads back.</summary>
    public static void Write(Stream stream, ModelConfig config)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("model_type", config.ModelType);
        json.WriteNumber("hidden_size", config.HiddenSize);
        json.WriteNumber("intermediate_size", config.IntermediateSize);
        json.WriteNumber("num_hidden_layers", config.LayerCount);
        json.WriteNumber("num_attention_heads", config.HeadCount);
        json.WriteNumber("num_key_value_heads", config.KvHeadCount);
        json.WriteNumber("head_dim", config.HeadSize);
        json.WriteNumber("vocab_size", config.VocabularySize);
        json.WriteNumber("max_position_embeddings", config.MaxPositions);
        json.WriteNumber("rope_theta", config.RopeTheta);
        json.WriteNumber("rms_norm_eps", config.RmsNormEpsilon);
        json.WriteString("hidden_act", "silu");
        json.WriteBoolean("tie_word_embeddings", config.TiedEmbeddings);
        if (config.MaskTokenId is int mask) json.WriteNumber("mask_token_id", mask);
        if (config.DenseByDefault) json.WriteBoolean("disable_block_sparsity", true);
        json.WriteEndObject();
    }
}
