using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Weights;
using Xunit;

namespace PlannedDiffusion.Tests.Models;

/// <summary>Valid files that do not fit the configuration: the tensor and both shapes are named.</summary>
public sealed class CheckpointMismatchTests
{
    private const string Gate = "model.layers.1.mlp.gate_proj.weight";
    private const string Norm = "model.norm.weight";
    private static readonly ModelConfig Config =
        TinyModels.Config(hidden: 8, mlp: 6, layers: 2, heads: 2, kvHeads: 1, headSize: 4, vocabulary: 11);

    [Fact]
    public void AMissingTensorIsNamed() => AssertRefused(
        Config, Without(Gate), $"tensor '{Gate}' [6, 8] is missing");

    [Fact]
    public void AMissingHeadIsNamedUnlessItIsTied()
    {
        AssertRefused(Config, Without(WeightNames.LmHead), "tensor 'lm_head.weight' [11, 8] is missing");
        using var weights = Load(Config with { TiedEmbeddings = true }, Without(WeightNames.LmHead), out _);
        Assert.Equal(weights.Embedding, weights.LmHead);
    }

    [Fact]
    public void ATiedCheckpointMayRepeatItsHead()
    {
        ModelConfig tied = Config with { TiedEmbeddings = true };
        using var weights = Load(tied, Declarations(), out _);
        Assert.Equal(weights.Embedding, weights.LmHead);
        AssertRefused(
            tied, With(WeightNames.LmHead, StoredType.F32, 12, 8), "has shape [12, 8] in the file and [11, 8]");
    }

    [Fact]
    public void AnExtraTensorIsNamed() => AssertRefused(
        Config, [.. Declarations(), new("model.layers.2.mlp.up_proj.weight", StoredType.F32, [6, 8])],
        "tensor 'model.layers.2.mlp.up_proj.weight' [6, 8] is extra");

    [Fact]
    public void RotaryBuffersAreTolerated()
    {
        var buffer = new TensorDeclaration("model.layers.0.self_attn.rotary_emb.inv_freq", StoredType.F64, [2]);
        using var weights = Load(Config, [.. Declarations(), buffer], out _);
        Assert.Equal(2, weights.Layers.Count);
    }

    [Theory]
    [InlineData(new long[] { 8, 6 }, "[8, 6]")]
    [InlineData(new long[] { 48 }, "[48]")]
    [InlineData(new long[] { 1, 6, 8 }, "[1, 6, 8]")]
    [InlineData(new long[] { 0, 8 }, "[0, 8]")]
    [InlineData(new long[0], "[]")]
    public void AnotherShapeIsNamedWithBoth(long[] shape, string text) => AssertRefused(
        Config, With(Gate, StoredType.F32, shape),
        $"tensor '{Gate}' has shape {text} in the file and [6, 8] by config.json");

    [Fact]
    public void AVectorMustHaveOneDimension() => AssertRefused(
        Config, With(Norm, StoredType.F32, 1, 8),
        $"tensor '{Norm}' has shape [1, 8] in the file and [8] by config.json");

    [Theory]
    [InlineData(StoredType.I8)]
    [InlineData(StoredType.F64)]
    [InlineData(StoredType.F8_E4M3)]
    [InlineData(StoredType.I16)]
    public void ATypeThatIsNotComputedIsNamed(StoredType type) => AssertRefused(
        Config, With(Gate, type, 6, 8), $"tensor '{Gate}' is stored as {type}; the engine computes F32, F16 and BF16");

    [Fact]
    public void AnExtraTensorOfAnyTypeIsExtra() => AssertRefused(
        Config, [.. Declarations(), new("x", StoredType.I64, [])], "tensor 'x' [] is extra");

    [Fact]
    public void TypesMayBeMixed()
    {
        using var weights = Load(Config, With(Norm, StoredType.BF16, 8), out _);
        Assert.Equal(DType.BF16, weights.FinalNorm.Type);
        Assert.Equal(DType.F32, weights.Embedding.Type);
    }

    [Fact]
    public void SeveralProblemsAreCounted() => AssertRefused(
        Config with { LayerCount = 3 }, Declarations(),
        "tensor 'model.layers.2.input_layernorm.weight' [8] is missing (and 11 more such tensors)");

    [Fact]
    public void MissingFilesAreNamed()
    {
        using var folder = new TemporaryDirectory();
        string none = folder.File("none");
        Assert.Equal(
            $"{none}: no such folder", Assert.Throws<CheckpointException>(() => ModelWeights.Load(none)).Message);
        Assert.Equal(
            $"{folder.File("config.json")}: no such file",
            Assert.Throws<ModelConfigException>(() => ModelWeights.Load(folder.Path)).Message);
        using (FileStream file = File.Create(folder.File("config.json"))) ModelConfigFile.Write(file, Config);
        Assert.Equal(
            $"{folder.Path}: there is no model.safetensors and no model.safetensors.index.json",
            Assert.Throws<CheckpointException>(() => ModelWeights.Load(folder.Path)).Message);
    }

    [Fact]
    public void TheSummaryAddsUp()
    {
        using var folder = new TemporaryDirectory();
        TinyModels.WriteTo(folder.Path, Config, DType.BF16, seed: 3, shards: 2);
        var summary = CheckpointSummary.Read(folder.Path);
        // Per layer: norms 2*8; q, o 2*8*8; k, v 2*4*8; biases 8+4+4; MLP 3*6*8.
        const long Parameters = (2 * (16 + 128 + 64 + 16 + 144)) + (2 * 11 * 8) + 8;
        Assert.Equal(Parameters, summary.ParameterCount);
        Assert.Equal(2 * Parameters, summary.TotalBytes);
        Assert.Equal(2 * Parameters, summary.NeededBytes);
        Assert.Equal(27, summary.Tensors.Count);
        var gate = new TensorSummary(Gate, StoredType.BF16, "[6, 8]", 96, "model-00002-of-00002.safetensors");
        Assert.Contains(gate, summary.Tensors);
        MemoryEstimate memory = summary.Estimate(positions: 100, logitsRows: 7);
        Assert.Equal(100 * 2 * 2 * 4 * 4, memory.KeyValueBytes);
        Assert.Equal(7 * 11 * 4, memory.LogitsBytes);
        Assert.Equal((2 * Parameters) + memory.KeyValueBytes + memory.LogitsBytes, memory.TotalBytes);
    }

    private static List<TensorDeclaration> Declarations() =>
        [.. WeightNames.All(Config).Select(weight => new TensorDeclaration(weight.Name, StoredType.F32, weight.Shape))];

    private static List<TensorDeclaration> Without(string name) =>
        [.. Declarations().Where(tensor => tensor.Name != name)];

    private static List<TensorDeclaration> With(string name, StoredType type, params long[] shape) =>
        [.. Without(name), new TensorDeclaration(name, type, shape)];

    private static void AssertRefused(ModelConfig config, List<TensorDeclaration> tensors, string message)
    {
        string folder = "";
        var error = Assert.Throws<CheckpointException>(() => Load(config, tensors, out folder));
        Assert.StartsWith(folder + ": ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    // The folder may be deleted while the weights live: a mapped file stays.
    private static ModelWeights Load(ModelConfig config, List<TensorDeclaration> tensors, out string path)
    {
        using var folder = new TemporaryDirectory();
        path = folder.Path;
        using (FileStream file = File.Create(folder.File(ModelConfigFile.Name))) ModelConfigFile.Write(file, config);
        using (FileStream file = File.Create(folder.File(CheckpointFiles.SingleName)))
        {
            var writer = new SafetensorsWriter(file, tensors);
            foreach (TensorDeclaration tensor in tensors)
                writer.Write(new byte[tensor.Type.ByteCount([.. tensor.Shape])]);
            writer.Complete();
        }

        return ModelWeights.Load(folder.Path);
    }
}
