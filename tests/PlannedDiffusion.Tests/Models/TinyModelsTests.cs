using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Weights;
using Xunit;

namespace PlannedDiffusion.Tests.Models;

/// <summary>Random checkpoints of odd shapes are unchanged after they are written and loaded.</summary>
public sealed class TinyModelsTests
{
    public static TheoryData<DType, int, bool> Variants => new()
    {
        { DType.F32, 1, false },
        { DType.BF16, 1, true },
        { DType.F16, 3, false },
        { DType.BF16, 5, true },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public void WrittenCheckpointsLoadUnchanged(DType type, int shards, bool tied)
    {
        ModelConfig config = TinyModels.Config(
            hidden: 34, mlp: 51, layers: 3, heads: 3, kvHeads: 1, headSize: 10, vocabulary: 77, tied: tied);
        using var folder = new TemporaryDirectory();
        TinyModels.WriteTo(folder.Path, config, type, seed: 7, shards);
        using ModelWeights made = TinyModels.InMemory(config, type, seed: 7);
        using var loaded = ModelWeights.Load(folder.Path);
        Assert.Equal(config, loaded.Config);
        Assert.Equal(made.Tensors().Count(), loaded.Tensors().Count());
        foreach ((WeightTensor a, WeightTensor b) in made.Tensors().Zip(loaded.Tensors()))
        {
            Assert.Equal(a with { Data = b.Data }, b);
            Assert.Equal(a.Bytes(), b.Bytes());
            Assert.True(a.Bytes().AsSpan().ContainsAnyExcept((byte)0), a.Name);
        }

        Assert.Equal(tied, loaded.LmHead.Data == loaded.Embedding.Data);
    }

    [Fact]
    public void OtherSeedsGiveOtherWeights()
    {
        using ModelWeights a = TinyModels.InMemory(TinyModels.Config(), seed: 1);
        using ModelWeights b = TinyModels.InMemory(TinyModels.Config(), seed: 2);
        foreach ((WeightTensor x, WeightTensor y) in a.Tensors().Zip(b.Tensors()))
            Assert.False(x.Bytes().SequenceEqual(y.Bytes()), x.Name);
    }
}
