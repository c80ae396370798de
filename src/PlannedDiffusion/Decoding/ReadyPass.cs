using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding;

/// <summary>A pass that a decoder requests. It is complete and not yet computed.</summary>
/// <param name="Stage">Its purpose.</param>
/// <param name="Step">
/// The step to compute. It is valid until the decoder makes its next pass, which uses the same memory.
/// </param>
/// <param name="Parts">Its parts, all of which are taken until somebody takes less.</param>
internal readonly record struct ReadyPass(DecodingStage Stage, ForwardStep Step, PassSelection Parts)
{
    /// <summary>Without the parts.</summary>
    public void Deconstruct(out DecodingStage stage, out ForwardStep step) => (stage, step) = (Stage, Step);
}
