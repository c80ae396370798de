using PlannedDiffusion.Models;
using PlannedDiffusion.Numerics;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Weights;
using Xunit;

namespace PlannedDiffusion.Tests.Models;

/// <summary>
/// Checkpoints whose files contain more than their configuration says: which tensors are used, and the notes.
/// </summary>
public sealed class CheckpointUseTests
{
    private static readonly ModelConfig Untied = TinyModels.Config();

    [Fact]
    public void AnOrdinaryCheckpointNeedsNoNote()
    {
        foreach (int shards in (int[])[1, 3])
        {
            using var folder = new TemporaryDirectory();
            TinyModels.WriteTo(folder.Path, Untied, shards: shards);
            Assert.Empty(Notes(folder));
        }
    }

    [Theory]
    [InlineData(DType.BF16)]
    [InlineData(DType.F32)]
    public void ATiedCheckpointsOwnHeadIsUsedAndNoted(DType type)
    {
        using var folder = new TemporaryDirectory();
        TinyModels.WriteTo(folder.Path, Untied, type);
        WriteConfig(folder, Untied with { TiedEmbeddings = true });
        using var weights = ModelWeights.Load(folder.Path);
        Assert.Empty(weights.Notes); // nothing is unused
        Assert.Equal(WeightNames.LmHead, weights.LmHead.Name);
        Assert.NotEqual(weights.Embedding.Bytes(), weights.LmHead.Bytes());
        Assert.Equal(Untied, weights.Config);
        CheckpointSummary summary = CheckpointSummary.Read(folder.Path);
        Assert.Contains("tie_word_embeddings", Assert.Single(summary.Notes), StringComparison.Ordinal);
        Assert.Equal(Untied, summary.Config);
        Assert.Equal(summary.TotalBytes, summary.NeededBytes);
        Assert.Equal(WeightNames.All(Untied).Sum(weight => weight.ElementCount), summary.ParameterCount);
    }

    [Theory]
    [InlineData(DType.BF16)]
    [InlineData(DType.F32)] // the same numbers in another type
    public void ATiedCheckpointThatRepeatsItsEmbeddingStaysTied(DType headType)
    {
        using var folder = new TemporaryDirectory();
        ModelConfig config = Untied with { TiedEmbeddings = true };
        TinyModels.WriteTo(folder.Path, config);
        using (var alone = ModelWeights.Load(folder.Path))
        {
            float[] values = new float[config.VocabularySize * config.HiddenSize];
            WeightValues.ReadFloats(alone.Embedding, 0, values);
            WriteHead(folder, headType, values);
        }

        using var weights = ModelWeights.Load(folder.Path);
        Assert.Empty(weights.Notes);
        Assert.Same(weights.Embedding.Data, weights.LmHead.Data);
        Assert.True(weights.Config.TiedEmbeddings);
    }

    [Fact]
    public void AnIndexMayListTheHeadOfATiedCheckpoint()
    {
        using var folder = new TemporaryDirectory();
        ModelConfig config = Untied with { TiedEmbeddings = true };
        TinyModels.WriteTo(folder.Path, config, shards: 2);
        AddToIndex(folder, WeightNames.LmHead, "model-00002-of-00002.safetensors");
        using var weights = ModelWeights.Load(folder.Path);
        Assert.Same(weights.Embedding.Data, weights.LmHead.Data);
    }

    [Fact]
    public void AnUntiedCheckpointNeedsTheHeadThatItsIndexLists()
    {
        using var folder = new TemporaryDirectory();
        TinyModels.WriteTo(folder.Path, Untied with { TiedEmbeddings = true }, shards: 2);
        WriteConfig(folder, Untied);
        AddToIndex(folder, WeightNames.LmHead, "model-00002-of-00002.safetensors");
        var error = Assert.Throws<CheckpointException>(() => ModelWeights.Load(folder.Path));
        Assert.Contains("'lm_head.weight' [512, 64] is missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FilesThatAreNotUsedAreNamed()
    {
        using var folder = new TemporaryDirectory();
        TinyModels.WriteTo(folder.Path, Untied, shards: 2);
        folder.Write("consolidated\u001b.safetensors", [1]);
        Assert.Equal(
            "files of weights that are not used: 'consolidated\\u001b.safetensors'", Assert.Single(Notes(folder)));
        TinyModels.WriteTo(folder.Path, Untied);
        Assert.EndsWith(" and 1 more", Assert.Single(Notes(folder)), StringComparison.Ordinal);
        foreach (string path in Directory.GetFiles(folder.Path, "*-of-*")) File.Delete(path);
        File.Delete(folder.File("consolidated\u001b.safetensors"));
        Assert.Contains("'model.safetensors.index.json'", Assert.Single(Notes(folder)), StringComparison.Ordinal);
        TinyModels.WriteIndex(
            folder.Path, WeightNames.All(Untied).ToDictionary(it => it.Name, _ => CheckpointFiles.SingleName));
        Assert.Empty(Notes(folder));
    }

    [Fact]
    public void RotaryBuffersAreNamed()
    {
        using var folder = new TemporaryDirectory();
        TinyModels.WriteTo(folder.Path, Untied);
        string name = "model.layers.0.self_attn.rotary_emb.inv_freq";
        Rewrite(folder, new TensorDeclaration(name, StoredType.F32, [8]), new byte[32]);
        Assert.Contains(name, Assert.Single(Notes(folder)), StringComparison.Ordinal);
    }

    private static IReadOnlyList<string> Notes(TemporaryDirectory folder)
    {
        using var weights = ModelWeights.Load(folder.Path);
        Assert.Equal(weights.Notes, CheckpointSummary.Read(folder.Path).Notes);
        return weights.Notes;
    }

    private static void WriteConfig(TemporaryDirectory folder, ModelConfig config)
    {
        using FileStream file = File.Create(folder.File(ModelConfigFile.Name));
        ModelConfigFile.Write(file, config);
    }

    private static void WriteHead(TemporaryDirectory folder, DType type, float[] values)
    {
        byte[] bytes = new byte[values.Length * (type == DType.F32 ? 4 : 2)];
        for (int i = 0; i < values.Length; i++)
        {
            if (type == DType.F32) BitConverter.TryWriteBytes(bytes.AsSpan(4 * i), values[i]);
            else BitConverter.TryWriteBytes(bytes.AsSpan(2 * i), BFloat16.FromSingle(values[i]));
        }

        WeightShape shape = WeightNames.Head(Untied);
        Rewrite(folder, new TensorDeclaration(shape.Name, type.AsStored(), shape.Shape), bytes);
    }

    /// <summary>The folder's single file with one more tensor.</summary>
    private static void Rewrite(TemporaryDirectory folder, TensorDeclaration more, byte[] bytes)
    {
        string path = folder.File(CheckpointFiles.SingleName);
        using (var old = SafetensorsFile.Open(path))
        using (FileStream stream = File.Create(path + ".new"))
        {
            IEnumerable<TensorDeclaration> all =
                old.Header.Tensors.Select(it => new TensorDeclaration(it.Name, it.Type, it.Shape));
            var writer = new SafetensorsWriter(stream, [.. all, more]);
            foreach (TensorInfo tensor in old.Header.Tensors) writer.Write(old.BytesOf(tensor));
            writer.Write(bytes);
            writer.Complete();
        }

        File.Move(path + ".new", path, overwrite: true);
    }

    private static void AddToIndex(TemporaryDirectory folder, string tensor, string shard)
    {
        var index = SafetensorsIndex.Read(folder.File(CheckpointFiles.IndexName));
        TinyModels.WriteIndex(folder.Path, new Dictionary<string, string>(index.ShardOf) { [tensor] = shard });
    }
}
