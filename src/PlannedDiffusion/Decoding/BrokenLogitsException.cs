namespace PlannedDiffusion.Decoding;

/// <summary>
/// The model's logits for a position are broken: one is NaN or +infinity, or none is finite. No token can be taken from
/// them. The cause is damaged weights, or weights with which the arithmetic overflows. Only this request ends.
/// </summary>
public sealed class BrokenLogitsException : InvalidOperationException
{
    /// <summary>Names position and stage.</summary>
    public BrokenLogitsException(int position, DecodingStage stage)
        : base($"The token at position {position} cannot be decided (stage: {stage}): the model's logits for it are "
            + "broken (NaN or infinite). Its weights are damaged, or overflow.")
    {
        Position = position;
        Stage = stage;
    }

    /// <summary>Position in the sequence, prompt included: the first one of those that were read together.</summary>
    public int Position { get; }

    /// <summary>The stage of the pass that should have decided it.</summary>
    public DecodingStage Stage { get; }
}
