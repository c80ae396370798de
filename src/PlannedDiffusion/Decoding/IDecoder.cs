namespace PlannedDiffusion.Decoding;

/// <summary>
/// A way to continue a sequence. Decoders never run the model: each item is a pass to compute, and asking for the next
/// item says that the runner has been asked to. So whoever drives a decoder may compute passes of several sequences
/// together, and may watch the sequence in between. On a runner that runs ahead a decoder asks for a pass before it
/// knows what the last one decided: what the sequence tells is then a pass behind, and a pass may turn out to be
/// surplus and leave the record again.
/// </summary>
internal interface IDecoder
{
    /// <summary>Continues a sequence that holds a prompt.</summary>
    IEnumerable<ReadyPass> Decode(Sequence sequence);
}
