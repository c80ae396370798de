namespace PlannedDiffusion.Sampling;

/// <summary>
/// How a token is drawn from logits. In this order: divide by the temperature if it is above 0, keep the top p, keep
/// the top k, softmax. At temperature 0 the most likely token is taken and the filters act on confidences only.
/// </summary>
/// <param name="Temperature">0 for greedy decoding.</param>
/// <param name="TopP">Nucleus probability; 1 keeps everything.</param>
/// <param name="TopK">Number of tokens kept, ties included; 0 keeps everything.</param>
/// <param name="Seed">Key of the random counter; with position and step it fixes every draw.</param>
public readonly record struct SamplingParams(float Temperature, float TopP, int TopK, ulong Seed)
{
    /// <summary>Greedy decoding without filters.</summary>
    public static SamplingParams Greedy => new(0, 1, 0, 0);
}
