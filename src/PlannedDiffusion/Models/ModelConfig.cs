namespace PlannedDiffusion.Models;

/// <summary>Shape and constants of a Dream / Qwen2 network, as read from <c>config.json</c>. Immutable.</summary>
public sealed record ModelConfig
{
    /// <summary><c>model_type</c> of the checkpoint, as written there.</summary>
    public required string ModelType { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width of the MLP.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Number of decoder layers.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Number of query heads.</summary>
    public required int HeadCount { get; init; }

    /// <summary>Number of key/value heads; divides <see cref="HeadCount"/>.</summary>
    public required int KvHeadCount { get; init; }

    /// <summary>Size of one head; even.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Rows of the embedding and of the output head.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Positions the checkpoint was trained for.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>Base of the rotary frequencies.</summary>
    public required double RopeTheta { get; init; }

    /// <summary>ε of every RMSNorm.</summary>
    public required float RmsNormEpsilon { get; init; }

    /// <summary>True if the output head is the embedding matrix.</summary>
    public bool TiedEmbeddings { get; init; }

    /// <summary>Id of the mask token, or null for a purely autoregressive model.</summary>
    public int? MaskTokenId { get; init; }

    /// <summary>True if the checkpoint was trained with all spans of a round visible to each other.</summary>
    public bool DenseByDefault { get; init; }

    /// <summary>Query heads that share one key/value head.</summary>
    public int HeadsPerKvHead => HeadCount / KvHeadCount;

    /// <summary>Width of all query heads together.</summary>
    public int QuerySize => HeadCount * HeadSize;

    /// <summary>Width of all key (or value) heads together.</summary>
    public int KvSize => KvHeadCount * HeadSize;
}
