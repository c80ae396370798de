using PlannedDiffusion.Models;

namespace PlannedDiffusion.Bench.Host;

/// <summary>Shapes of published models of the family, for measurements with random weights.</summary>
internal static class ModelShapes
{
    public const string Custom = "custom";

    /// <summary>The names, smallest first.</summary>
    public static string[] Names { get; } = ["0.5b", "1.5b", "7b", Custom];

    /// <summary>The shape with a name; for <see cref="Custom"/> the one that options change.</summary>
    public static ModelConfig Find(string name) => name switch
    {
        "1.5b" => Shape(1536, 8960, 28, 12, 2, 128, 151936),
        "7b" => Shape(3584, 18944, 28, 28, 4, 128, 152064),
        Custom => Shape(256, 768, 4, 4, 2, 64, 4096),
        _ => Shape(896, 4864, 24, 14, 2, 64, 151936),
    };

    private static ModelConfig Shape(
        int hidden, int mlp, int layers, int heads, int kvHeads, int headSize, int vocabulary) => new()
        {
            ModelType = "Dream",
            HiddenSize = hidden,
            IntermediateSize = mlp,
            LayerCount = layers,
            HeadCount = heads,
            KvHeadCount = kvHeads,
            HeadSize = headSize,
            VocabularySize = vocabulary,
            MaxPositions = 4096,
            RopeTheta = 1e6,
            RmsNormEpsilon = 1e-6f,
        };
}
