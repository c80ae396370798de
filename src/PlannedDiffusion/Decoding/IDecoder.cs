namespace PlannedDiffusion.Decoding;

/// <summary>
/// A way to continue a sequence. Decoders never run the model: each item says "the sequence's
/// <see cref="Sequence.Pass"/> is ready, compute it", and asking for the next item says that it has been computed. So
/// whoever drives a decoder may compute passes of several sequences together, and may watch the sequence in between.
/// </summary>
public interface IDecoder
{
    /// <summary>Continues a sequence that holds a prompt.</summary>
    IEnumerable<DecodingStage> Decode(Sequence sequence);
}
