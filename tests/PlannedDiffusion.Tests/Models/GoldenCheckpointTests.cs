using System.Text.Json;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Weights;
using Xunit;

namespace PlannedDiffusion.Tests.Models;

/// <summary>The golden checkpoints load, and their shards have the content of the single file.</summary>
[Trait("Category", "Golden")]
public sealed class GoldenCheckpointTests(ITestOutputHelper output)
{
    [Fact]
    public void EveryCheckpointLoadsAndHoldsTheBytesOfItsFiles()
    {
        foreach (string name in GoldenModels.Names)
        {
            using var weights = ModelWeights.Load(GoldenModels.Folder(name));
            Dictionary<string, byte[]> expected = PlainRead(GoldenModels.Folder(name));
            int compared = 0;
            foreach (WeightTensor tensor in weights.Tensors())
            {
                Assert.True(tensor.Bytes().SequenceEqual(expected[tensor.Name]), $"{name}: {tensor.Name}");
                compared++;
            }

            Assert.Equal(3 + 12 * weights.Config.LayerCount, compared);
        }

        output.WriteLine($"{GoldenModels.Names.Count} checkpoints: {string.Join(", ", GoldenModels.Names)}");
    }

    [Fact]
    public void ShardsHoldWhatTheSingleFileHolds()
    {
        string[] sharded = [.. GoldenModels.Names.Where(name => name.EndsWith("-sharded", StringComparison.Ordinal))];
        Assert.NotEmpty(sharded);
        foreach (string name in sharded)
        {
            using var shards = ModelWeights.Load(GoldenModels.Folder(name));
            using var single = ModelWeights.Load(GoldenModels.Folder(name[..^"-sharded".Length] + "-bf16"));
            Assert.Equal(single.Config, shards.Config);
            foreach ((WeightTensor a, WeightTensor b) in single.Tensors().Zip(shards.Tensors()))
            {
                Assert.Equal(a with { Data = b.Data }, b);
                Assert.Equal(DType.BF16, a.Type);
                Assert.True(a.Bytes().SequenceEqual(b.Bytes()), a.Name);
            }
        }

        output.WriteLine($"{sharded.Length} sharded checkpoints");
    }

    // An independent reader without validation and mapping.
    private static Dictionary<string, byte[]> PlainRead(string folder)
    {
        var tensors = new Dictionary<string, byte[]>();
        foreach (string path in Directory.GetFiles(folder, "*.safetensors"))
        {
            byte[] file = File.ReadAllBytes(path);
            int start = 8 + (int)BitConverter.ToInt64(file);
            using JsonDocument header = JsonDocument.Parse(file.AsMemory(8, start - 8));
            foreach (JsonProperty tensor in header.RootElement.EnumerateObject())
            {
                if (tensor.Name == "__metadata__") continue;
                JsonElement offsets = tensor.Value.GetProperty("data_offsets");
                tensors.Add(tensor.Name, file[(start + offsets[0].GetInt32())..(start + offsets[1].GetInt32())]);
            }
        }

        return tensors;
    }
}
