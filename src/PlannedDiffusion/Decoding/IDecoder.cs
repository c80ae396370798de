namespace PlannedDiffusion.Decoding;

/// <summary>
/// A way to continue a sequence. Decoders never run the model: each item is a pass to compute, and a request for the
/// next item means that the pass was handed to the runner. So the caller can compute passes of several sequences
/// together and observe the sequence in between. On a runner that runs ahead, a decoder requests a pass before it knows
/// the result of the last one. The data of the sequence are then a pass behind, and a surplus pass is removed from the
/// record.
/// </summary>
internal interface IDecoder
{
    /// <summary>Continues a sequence that holds a prompt.</summary>
    IEnumerable<ReadyPass> Decode(Sequence sequence);
}
