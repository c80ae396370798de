using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cuda.Steps;

/// <summary>The padded widths of a network's activations.</summary>
internal sealed class ModelWidths(ModelConfig config)
{
    public int Hidden { get; } = PaddedWidth.Of(config.HiddenSize);

    public int QueryKeyValue { get; } = PaddedWidth.Of(config.QuerySize + 2 * config.KvSize);

    public int Attended { get; } = PaddedWidth.Of(config.QuerySize);

    public int Mlp { get; } = PaddedWidth.Of(config.IntermediateSize);

    public int Vocabulary { get; } = PaddedWidth.Of(config.VocabularySize);

    /// <summary>All query heads, each with its padding.</summary>
    public int Query { get; } = config.HeadCount * PaddedWidth.OfHead(config.HeadSize);
}
