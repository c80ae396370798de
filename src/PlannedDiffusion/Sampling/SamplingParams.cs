namespace PlannedDiffusion.Sampling;

/// <summary>
/// How a token is drawn from logits. In this order: divide by the temperature, keep the top p, keep the top k, softmax.
/// Greedy decoding takes the most likely token: nothing is divided, and the filters change confidences only.
/// </summary>
/// <param name="Temperature">Less than <see cref="LeastTemperature"/>, usually 0, for greedy decoding.</param>
/// <param name="TopP">Nucleus probability; 1 keeps everything.</param>
/// <param name="TopK">Number of tokens kept, ties included; 0 keeps everything.</param>
/// <param name="Seed">Key of the random counter; with position and step it fixes every draw.</param>
public readonly record struct SamplingParams(float Temperature, float TopP, int TopK, ulong Seed)
{
    /// <summary>
    /// Temperatures below this are greedy. At this temperature a token whose logit is 1e-8 below the best is never
    /// drawn. Nothing overflows, because differences of logits are divided.
    /// </summary>
    public const float LeastTemperature = 1e-10f;

    /// <summary>True if the most likely token is taken.</summary>
    public bool IsGreedy => Temperature < LeastTemperature;

    /// <summary>Greedy decoding without filters.</summary>
    public static SamplingParams Greedy => new(0, 1, 0, 0);
}
