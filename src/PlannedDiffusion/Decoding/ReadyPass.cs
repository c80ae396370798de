using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding;

/// <summary>A pass that a decoder asks for: complete, and not yet computed.</summary>
/// <param name="Stage">What it is for.</param>
/// <param name="Step">
/// What to compute; good until the decoder is asked for its next pass, which takes the same memory.
/// </param>
internal readonly record struct ReadyPass(DecodingStage Stage, ForwardStep Step);
