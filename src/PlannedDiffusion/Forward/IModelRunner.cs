using PlannedDiffusion.Models;

namespace PlannedDiffusion.Forward;

/// <summary>
/// A model on a device, with the token buffers and the K/V caches of the sequences it decodes. The host schedules
/// steps; the runner computes, samples, ranks and writes tokens in place. One caller at a time.
/// <para>
/// Calls take effect in their order. If <see cref="RunsAhead"/> is true, calls return before the device has finished: a
/// step may read tokens that earlier steps decide and that the host has not seen. ReadTokens, ReadConfidences and
/// ReadLogits wait for all steps so far, EndRead for those before its ticket. <see cref="Forward"/> waits only while
/// more steps are pending than the runner has room for. No other call waits. The first call that meets an error of the
/// device throws it.
/// </para>
/// <para>
/// Logits that are not numbers are not an error of a step. The positions that they should decide hold
/// <see cref="UnmaskGroup.BrokenToken"/> from then on, and reads return it.
/// </para>
/// </summary>
public interface IModelRunner : IDisposable
{
    /// <summary>The network's shape and special tokens.</summary>
    ModelConfig Config { get; }

    /// <summary>Limits of one step and one sequence.</summary>
    RunnerLimits Limits { get; }

    /// <summary>
    /// Where the model runs, for a person: <c>cpu</c>, <c>cuda: NVIDIA H200, sm_90, bf16</c>, or why it runs here and
    /// not on a GPU, as in <c>cpu: libcuda.so.1 was not found</c>.
    /// </summary>
    string Device { get; }

    /// <summary>
    /// True if <see cref="Forward"/> returns before the step is computed. A caller then gains time if it submits the
    /// next step before it reads the result of the last one.
    /// </summary>
    bool RunsAhead { get; }

    /// <summary>
    /// The most rows of a step in which each row has the same bits (logits, keys and values) as in a step of its own;
    /// <see cref="int.MaxValue"/> if the bits of a row never depend on other rows.
    /// </summary>
    int ExactRows { get; }

    /// <summary>Bytes that a sequence takes for each of its positions; 0 if it is not known.</summary>
    long BytesPerPosition => 0;

    /// <summary>
    /// The times at which the device ran each step; null if the runner does not measure them, or was not asked to.
    /// </summary>
    IStepClock? StepClock => null;

    /// <summary>
    /// Optional things that are missing, each in one readable sentence, such as a library that cannot be used. Usually
    /// empty.
    /// </summary>
    IReadOnlyList<string> Notes => [];

    /// <summary>
    /// Reserves tokens and K/V for <paramref name="capacity"/> positions and returns a handle. All K/V rows start as
    /// zeros.
    /// </summary>
    /// <exception cref="RunnerCapacityException">
    /// There is no slot or too little memory. The message says what is needed and available.
    /// </exception>
    int OpenSequence(int capacity);

    /// <summary>Frees the sequence's slot and memory. Its tickets are dropped.</summary>
    void CloseSequence(int sequence);

    /// <summary>Writes tokens into the sequence's buffer, ordered with the steps around it.</summary>
    void WriteTokens(int sequence, int start, ReadOnlySpan<int> tokens);

    /// <summary>Waits for all steps so far and reads tokens.</summary>
    void ReadTokens(int sequence, int start, Span<int> tokens);

    /// <summary>
    /// Starts to copy tokens as they will be after all steps so far, and does not wait. Later steps and writes do not
    /// change the copy. Memory for copies grows to the most that are pending at a time.
    /// </summary>
    /// <returns>A ticket for <see cref="EndRead"/>. Open tickets are distinct.</returns>
    /// <exception cref="ArgumentException">
    /// The sequence is not open, or the positions lie outside of its capacity.
    /// </exception>
    int BeginReadTokens(int sequence, int start, int count);

    /// <summary>
    /// Starts to copy the number of masks left in each of the sequence's groups [0, count), and does not wait. The
    /// number is that after the last step that ranked the group by <see cref="UnmaskRule.Threshold"/>,
    /// <see cref="UnmaskRule.Certain"/> or <see cref="UnmaskRule.Factor"/>; 0 if no step did. Positions that are
    /// broken, or that this step did not compute, do not count.
    /// </summary>
    /// <returns>A ticket for <see cref="EndRead"/>, as from <see cref="BeginReadTokens"/>.</returns>
    /// <exception cref="ArgumentException">The sequence is not open, or has fewer groups.</exception>
    int BeginReadMasksLeft(int sequence, int count);

    /// <summary>
    /// Waits for the steps before the ticket, not for later ones, and gives the copy. A ticket is ended once.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The ticket was ended before, or its sequence was closed. Or <paramref name="copy"/> has another length than the
    /// read; then the ticket stays open.
    /// </exception>
    void EndRead(int ticket, Span<int> copy);

    /// <summary>
    /// Reads the confidence of each position's candidate in the last step that ranked it; 0 if no step did.
    /// </summary>
    void ReadConfidences(int sequence, int start, Span<float> confidences);

    /// <summary>Sets the K/V rows of a range to zero in all layers.</summary>
    void ClearKeyValues(int sequence, TokenRange range);

    /// <summary>
    /// Computes one step. A refused step changes nothing. The runner keeps no reference to <paramref name="step"/>: the
    /// caller may change it as soon as the call has returned.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// A group names an unknown sequence, positions or a visibility outside its capacity, or a target whose predicting
    /// row is not in the step; or there are more rows than the limits allow.
    /// </exception>
    void Forward(ForwardStep step);

    /// <summary>
    /// True for an error that stays: the runner will compute nothing any more. False for one after which the next step
    /// may succeed.
    /// </summary>
    bool IsSticky(Exception error) => false;

    /// <summary>Copies logits row <paramref name="index"/> of the last step, f32 [vocabulary].</summary>
    void ReadLogits(int index, Span<float> logits);
}
