using PlannedDiffusion.Models;

namespace PlannedDiffusion.Bench;

/// <summary>Shapes that measurements are reported for.</summary>
internal static class Shapes
{
    /// <summary>A Qwen2.5-0.5B with a vocabulary of any size and a head of its own.</summary>
    public static ModelConfig HalfBillion(int vocabulary) => new()
    {
        ModelType = "Dream",
        HiddenSize = 896,
        IntermediateSize = 4864,
        LayerCount = 24,
        HeadCount = 14,
        KvHeadCount = 2,
        HeadSize = 64,
        VocabularySize = vocabulary,
        MaxPositions = 4096,
        RopeTheta = 1e6,
        RmsNormEpsilon = 1e-6f,
        MaskTokenId = vocabulary - 1,
    };
}
