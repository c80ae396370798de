namespace PlannedDiffusion.Models;

/// <summary>
/// A model on a device, with the token buffers and the K/V caches of the sequences it decodes. The host schedules
/// steps; the runner computes, samples, ranks and writes tokens in place. One caller at a time; calls may return before
/// the device has finished, and the Read methods wait for it.
/// </summary>
public interface IModelRunner : IDisposable
{
    /// <summary>The network's shape and special tokens.</summary>
    ModelConfig Config { get; }

    /// <summary>What one step and one sequence may hold.</summary>
    RunnerLimits Limits { get; }

    /// <summary>
    /// Reserves tokens and K/V for <paramref name="capacity"/> positions and returns a handle. All K/V rows start as
    /// zeros.
    /// </summary>
    /// <exception cref="RunnerCapacityException">No slot or too little memory: need and have.</exception>
    int OpenSequence(int capacity);

    /// <summary>Gives the sequence's slot and memory back for reuse.</summary>
    void CloseSequence(int sequence);

    /// <summary>Writes tokens into the sequence's buffer, ordered with the steps around it.</summary>
    void WriteTokens(int sequence, int start, ReadOnlySpan<int> tokens);

    /// <summary>Reads tokens as they are after all steps so far.</summary>
    void ReadTokens(int sequence, int start, Span<int> tokens);

    /// <summary>
    /// Reads the confidence that each position's candidate had in the last step that ranked it; 0 where none did.
    /// </summary>
    void ReadConfidences(int sequence, int start, Span<float> confidences);

    /// <summary>Sets the K/V rows of a range to zero in all layers.</summary>
    void ClearKeyValues(int sequence, TokenRange range);

    /// <summary>Computes one step. A step that is refused has changed nothing.</summary>
    /// <exception cref="ArgumentException">
    /// A group names an unknown sequence, positions outside its capacity, a visibility outside of what exists, or a
    /// target whose predicting row is not in the step; or there are more rows than the limits allow.
    /// </exception>
    void Forward(ForwardStep step);

    /// <summary>Copies logits row <paramref name="index"/> of the last step, f32 [vocabulary].</summary>
    void ReadLogits(int index, Span<float> logits);
}
