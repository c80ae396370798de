using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tests.Weights;
using Xunit;

namespace PlannedDiffusion.Tests.Models;

/// <summary>Accepted configurations, and the messages of refused ones.</summary>
public sealed class ModelConfigFileTests
{
    private const string Valid = """
        {"model_type":"Dream","hidden_size":64,"intermediate_size":160,"num_hidden_layers":3,"num_attention_heads":4,
        "num_key_value_heads":2,"vocab_size":512,"max_position_embeddings":2048,"rope_theta":1000000.0,
        "rms_norm_eps":1e-06,"hidden_act":"silu","rope_scaling":null,"sliding_window":null,"use_sliding_window":false,
        "tie_word_embeddings":false,"mask_token_id":402,"attention_dropout":0.0,"architectures":["DreamModel"]}
        """;

    /// <summary>The replaced part of the valid text, its replacement, and the message.</summary>
    public static TheoryData<string, string, string> Refused => new()
    {
        { "\"model_type\":\"Dream\",", "", "model_type is missing" },
        { "\"Dream\"", "\"llama\"", "model_type 'llama' is not supported" },
        { "\"Dream\"", "7", "model_type is '7', not a string" },
        { "\"hidden_size\":64,", "", "hidden_size is missing" },
        { "\"hidden_size\":64", "\"hidden_size\":null", "hidden_size is missing" },
        { "\"hidden_size\":64", "\"hidden_size\":\"64\"", "hidden_size is '\"64\"', not a whole number" },
        { "\"hidden_size\":64", "\"hidden_size\":64.0", "hidden_size is '64.0', not a whole number" },
        { "\"hidden_size\":64", "\"hidden_size\":0", "hidden_size is '0', not a whole number from 1 to 65536" },
        { "\"hidden_size\":64", "\"hidden_size\":-64", "hidden_size is '-64'" },
        { "\"hidden_size\":64", "\"hidden_size\":65540", "hidden_size is '65540'" },
        { "\"hidden_size\":64", "\"hidden_size\":99999999999999999999", "hidden_size is '99999999999999999999'" },
        { "\"hidden_size\":64", "\"hidden_size\":66", "num_attention_heads 4 does not divide hidden_size 66" },
        { "\"hidden_size\":64", "\"hidden_size\":12", "a head size of 3 is not an even number" },
        { "\"hidden_size\":64", "\"hidden_size\":2,\"head_dim\":15", "a head size of 15 is not an even number" },
        { "\"hidden_size\":64", "\"hidden_size\":64,\"head_dim\":4096", "head_dim is '4096'" },
        { "\"hidden_size\":64", "\"hidden_size\":65536,\"x\":1", "a head size of 16384" },
        { "_size\":160", "_size\":1048577", "intermediate_size is '1048577'" },
        { "_layers\":3", "_layers\":1025", "num_hidden_layers is '1025'" },
        { "_layers\":3", "_layers\":[]", "num_hidden_layers is '[]'" },
        { "attention_heads\":4", "attention_heads\":0", "num_attention_heads is '0'" },
        { "value_heads\":2", "value_heads\":3", "num_key_value_heads 3 does not divide num_attention_heads 4" },
        { "value_heads\":2", "value_heads\":8", "num_key_value_heads is '8'" },
        { "value_heads\":2", "value_heads\":0", "num_key_value_heads is '0'" },
        { "vocab_size\":512", "vocab_size\":4194305", "vocab_size is '4194305'" },
        { "embeddings\":2048", "embeddings\":1e3", "max_position_embeddings is '1e3'" },
        { "\"rope_theta\":1000000.0,", "", "rope_theta is missing" },
        { "theta\":1000000.0", "theta\":0", "rope_theta is '0'" },
        { "theta\":1000000.0", "theta\":1e400", "rope_theta is '1e400'" },
        { "theta\":1000000.0", "theta\":\"1e6\"", "rope_theta is '\"1e6\"'" },
        { "eps\":1e-06", "eps\":0", "rms_norm_eps is '0'" },
        { "eps\":1e-06", "eps\":true", "rms_norm_eps is 'true'" },
        { "\"silu\"", "\"gelu\"", "hidden_act '\"gelu\"' is not supported" },
        { "rope_scaling\":null", "rope_scaling\":{\"type\":\"yarn\",\"factor\":4}", "rope_scaling '{\"type\":\"yarn" },
        {
            "sliding_window\":null,\"use_sliding_window\":false",
            "sliding_window\":64,\"use_sliding_window\":true",
            "use_sliding_window 'true' is not supported"
        },
        {
            "sliding_window\":null,\"use_sliding_window\":false",
            "sliding_window\":64,\"use_sliding_window\":true,\"max_window_layers\":2",
            "use_sliding_window 'true' is not supported"
        },
        { "use_sliding_window\":false", "use_sliding_window\":0", "use_sliding_window is '0', not true or false" },
        { "embeddings\":false", "embeddings\":\"no\"", "tie_word_embeddings is '\"no\"', not true or false" },
        { "token_id\":402", "token_id\":512", "mask_token_id is '512', not a whole number from 0 to 511" },
        { "token_id\":402", "token_id\":-1", "mask_token_id is '-1'" },
        { "{\"model", "{\"attention_bias\":false,\"model", "attention_bias 'false' is not supported" },
        { "{\"model", "{\"mlp_bias\":true,\"model", "mlp_bias 'true' is not supported" },
        { "{\"model", "{\"quantization_config\":{},\"model", "quantization_config '{}' is not supported" },
        { "{\"model", "{\"layer_types\":[\"sliding_attention\"],\"model", "layer_types '[\"sliding_attention\"]'" },
        { "{\"model", "{\"disable_block_sparsity\":1,\"model", "disable_block_sparsity is '1'" },
        { "{\"model", "{\"rope_parameters\":{\"rope_type\":\"yarn\"},\"model", "rope_parameters '{\"rope_type\"" },
        { "{\"model", "{\"rope_parameters\":{\"factor\":2},\"model", "rope_parameters '{\"factor\":2}' is not" },
        { "{\"model", "{\"rope_parameters\":{\"rope_theta\":5e5},\"model", "rope_theta is 1000000, but 500000" },
        { "rope_scaling\":null", "rope_scaling\":{\"rope_type\":\"yarn\"}", "rope_scaling '{\"rope_type\":\"yarn" },
        { "rope_scaling\":null", "rope_scaling\":{\"rope_type\":\"llama3\",\"factor\":1}", "rope_scaling '{" },
        { "rope_scaling\":null", "rope_scaling\":{\"type\":\"default\",\"rope_type\":\"linear\"}", "rope_scaling '{" },
        { "rope_scaling\":null", "rope_scaling\":{\"type\":\"default\",\"factor\":2}", "rope_scaling '{" },
        { "rope_scaling\":null", "rope_scaling\":{\"type\":\"mrope\",\"mrope_section\":[1]}", "rope_scaling '{" },
        { "rope_scaling\":null", "rope_scaling\":\"default\"", "rope_scaling is '\"default\"', not an object" },
        { "{\"model", "{\"partial_rotary_factor\":0.5,\"model", "partial_rotary_factor '0.5' is not supported" },
        { "{\"model", "{\"rope_parameters\":7,\"model", "rope_parameters is '7', not an object" },
        { "{\"model", "{\"hidden_size\":64,\"model", "hidden_size" },
        { "{\"model", "{\"x\":{\"y\":1,\"y\":1},\"model", "not a valid JSON document" },
        { "{\"model", "{\"x\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]],\"model", "not a valid JSON document" },
        { "\"Dream\"", "\"\\ud800\"", "not a valid JSON document" },
        { "{\"model", "[{\"model", "not a valid JSON document" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void OtherNetworksAndNonsenseAreRefusedByField(string part, string replacement, string message)
    {
        Assert.Contains(part, Valid, StringComparison.Ordinal);
        var error = Assert.Throws<ModelConfigException>(() => Parse(Valid.Replace(part, replacement)));
        Assert.StartsWith("dir/config.json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    [Fact]
    public void EveryFieldIsRead() => Assert.Equal(
        new ModelConfig
        {
            ModelType = "Dream",
            HiddenSize = 64,
            IntermediateSize = 160,
            LayerCount = 3,
            HeadCount = 4,
            KvHeadCount = 2,
            HeadSize = 16,
            VocabularySize = 512,
            MaxPositions = 2048,
            RopeTheta = 1e6,
            RmsNormEpsilon = 1e-6f,
            MaskTokenId = 402,
        },
        Parse(Valid));

    [Fact]
    public void TheFamilyIsAccepted()
    {
        ModelConfig config = Parse(Valid
            .Replace("\"Dream\"", "\"qwen2\"")
            .Replace("\"mask_token_id\":402,", "")
            .Replace("\"num_key_value_heads\":2,", "")
            .Replace("\"tie_word_embeddings\":false", "\"tie_word_embeddings\":true")
            .Replace("\"rope_theta\":1000000.0", "\"rope_parameters\":{\"rope_type\":\"default\",\"rope_theta\":5e5}")
            .Replace("{\"model", "{\"layer_types\":[\"full_attention\"],\"attention_bias\":true,\"model")
            .Replace("{\"layer", "{\"head_dim\":10,\"layer"));
        Assert.Equal("qwen2", config.ModelType);
        Assert.Null(config.MaskTokenId);
        Assert.Equal(4, config.KvHeadCount);
        Assert.True(config.TiedEmbeddings);
        Assert.Equal(5e5, config.RopeTheta);
        Assert.Equal(10, config.HeadSize);
        Assert.False(config.DenseByDefault);
        Assert.Equal("dream", Parse(Valid.Replace("\"Dream\"", "\"dream\"")).ModelType);
        Assert.True(Parse(Valid.Replace("{\"model", "{\"disable_block_sparsity\":true,\"model")).DenseByDefault);
    }

    /// <summary>Every spelling of "nothing is scaled", in the old field and in the new one.</summary>
    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"rope_type\":\"default\"}")]
    [InlineData("{\"type\":\"default\"}")]
    [InlineData("{\"type\":\"default\",\"rope_type\":\"default\",\"factor\":1.0}")]
    [InlineData("{\"rope_type\":null,\"type\":null,\"factor\":null,\"rope_theta\":null,\"beta_fast\":null}")]
    [InlineData("{\"rope_type\":\"default\",\"rope_theta\":1e6,\"partial_rotary_factor\":1}")]
    public void NoScalingIsAcceptedInEverySpelling(string rope)
    {
        ModelConfig plain = Parse(Valid);
        Assert.Equal(plain, Parse(Valid.Replace("rope_scaling\":null", "rope_scaling\":" + rope)));
        Assert.Equal(plain, Parse(Valid.Replace("{\"model", "{\"rope_parameters\":" + rope + ",\"model")));
    }

    /// <summary>Fields that may be null, and a second name of the same activation.</summary>
    [Fact]
    public void NullCountsAsAbsent()
    {
        string nulls = string.Concat(((string[])[
            "head_dim", "quantization_config", "layer_types", "mlp_bias", "attention_bias", "attention_out_bias",
            "disable_block_sparsity", "partial_rotary_factor", "torch_dtype", "dtype"])
            .Select(field => $"\"{field}\":null,"));
        Assert.Equal(Parse(Valid), Parse(Valid.Replace("{\"model", "{" + nulls + "\"model")));
        Assert.Equal(Parse(Valid), Parse(Valid.Replace("\"silu\"", "\"swish\"")));
        Assert.Equal(
            Parse(Valid), Parse(Valid.Replace("tie_word_embeddings\":false", "tie_word_embeddings\":null")));
    }

    /// <summary>
    /// A window that no layer uses changes nothing: one without a size, or for layers that do not exist.
    /// </summary>
    [Theory]
    [InlineData("null,\"max_window_layers\":1")]
    [InlineData("64,\"max_window_layers\":3")]
    [InlineData("64,\"max_window_layers\":28")]
    public void AWindowThatNoLayerUsesIsAccepted(string window) => Assert.Equal(Parse(Valid), Parse(Valid.Replace(
        "sliding_window\":null,\"use_sliding_window\":false",
        $"sliding_window\":{window},\"use_sliding_window\":true")));

    [Fact]
    public void AWrittenConfigurationIsReadBack()
    {
        ModelConfig[] configs =
        [
            TinyModels.Config(), TinyModels.Config(tied: true), TinyModels.Config(headSize: 6, heads: 9, kvHeads: 3),
            TinyModels.Config() with { DenseByDefault = true, MaskTokenId = null, RopeTheta = 12345.678 },
        ];
        foreach (ModelConfig config in configs)
        {
            using var stream = new MemoryStream();
            ModelConfigFile.Write(stream, config);
            Assert.Equal(config, ModelConfigFile.Parse(stream.ToArray(), "x"));
        }
    }

    [Fact]
    public void AMissingFileIsNamed()
    {
        using var folder = new TemporaryDirectory();
        string path = folder.File("config.json");
        var error = Assert.Throws<ModelConfigException>(() => ModelConfigFile.Read(path));
        Assert.Equal($"{path}: no such file", error.Message);
    }

    [Fact]
    public void DamagedConfigurationsAreReadOrRefused()
    {
        Gen<int> marks = Gen.Elements<int>('0', '9', '-', '.', '"', '[', '{', ',');
        var damages = from place in Gen.Choose(0, Valid.Length - 1)
                      from length in Gen.Choose(0, 6)
                      from value in Gen.OneOf(Gen.Choose(0, 255), marks)
                      select (place, length, (byte)value);
        FixedSeed.Check(damages, 3000, damage =>
        {
            (int place, int length, byte value) = damage;
            byte[] valid = Encoding.UTF8.GetBytes(Valid);
            byte[] json = [.. valid[..place], value, .. valid[Math.Min(valid.Length, place + length)..]];
            try
            {
                ModelConfig config = ModelConfigFile.Parse(json, "x");
                Assert.Equal(0, config.HeadCount % config.KvHeadCount);
                Assert.InRange((long)config.QuerySize * config.HiddenSize, 2, 1L << 36);
            }
            catch (ModelConfigException e)
            {
                Assert.StartsWith("x: ", e.Message, StringComparison.Ordinal);
                Assert.DoesNotContain(e.Message, char.IsControl);
            }
        });
    }

    private static ModelConfig Parse(string json) =>
        ModelConfigFile.Parse(Encoding.UTF8.GetBytes(json), "dir/config.json");
}
