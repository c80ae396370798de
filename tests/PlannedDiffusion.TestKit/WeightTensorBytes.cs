using PlannedDiffusion.Models;
using PlannedDiffusion.Weights;

namespace PlannedDiffusion.TestKit;

/// <summary>Looks into weights, for comparisons.</summary>
public static class WeightTensorBytes
{
    /// <summary>A copy of the tensor's bytes.</summary>
    public static byte[] Bytes(this WeightTensor tensor)
    {
        byte[] bytes = new byte[checked(tensor.Rows * tensor.Columns * (tensor.Type == DType.F32 ? 4 : 2))];
        tensor.Data.Read(0, bytes);
        return bytes;
    }

    /// <summary>All tensors of a model, the head too if it is the embedding.</summary>
    public static IEnumerable<WeightTensor> AllTensors(this ModelWeights weights)
    {
        yield return weights.Embedding;
        foreach (LayerWeights layer in weights.Layers)
        {
            yield return layer.InputNorm;
            yield return layer.Query;
            yield return layer.QueryBias;
            yield return layer.Key;
            yield return layer.KeyBias;
            yield return layer.Value;
            yield return layer.ValueBias;
            yield return layer.Output;
            yield return layer.PostAttentionNorm;
            yield return layer.Gate;
            yield return layer.Up;
            yield return layer.Down;
        }

        yield return weights.FinalNorm;
        yield return weights.LmHead;
    }
}
