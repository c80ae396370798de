using PlannedDiffusion.Models;

namespace PlannedDiffusion.Forward;

/// <summary>
/// A model on a device, with the token buffers and the K/V caches of the sequences it decodes. The host schedules
/// steps; the runner computes, samples, ranks and writes tokens in place. One caller at a time.
/// <para>
/// All that a caller asks for happens in the order of the calls. Where <see cref="RunsAhead"/> is true, calls return
/// before the device has finished: a step may read tokens that steps before it decide and that no host has seen.
/// ReadTokens, ReadConfidences and ReadLogits wait for all steps so far, EndRead for those before its ticket, and
/// nothing else waits (but <see cref="Forward"/> may, while more steps are under way than the runner has room for). An
/// error of the device is thrown by whichever call meets it first.
/// </para>
/// <para>
/// Logits that are not numbers are no error of a step: the positions that they should decide hold
/// <see cref="UnmaskGroup.BrokenToken"/> from then on, which reads hand over as it stands.
/// </para>
/// </summary>
public interface IModelRunner : IDisposable
{
    /// <summary>The network's shape and special tokens.</summary>
    ModelConfig Config { get; }

    /// <summary>What one step and one sequence may hold.</summary>
    RunnerLimits Limits { get; }

    /// <summary>
    /// True if <see cref="Forward"/> returns before the step is computed, so that a caller gains by asking for one more
    /// step before it reads what the last one decided.
    /// </summary>
    bool RunsAhead { get; }

    /// <summary>
    /// Most rows of a step in which a row has the same bits (logits, keys and values) as in a step of its own;
    /// <see cref="int.MaxValue"/> where no row's bits depend on its company.
    /// </summary>
    int ExactRows { get; }

    /// <summary>
    /// Tells when the device ran each step; null for a runner that does not measure it, or was not asked to.
    /// </summary>
    IStepClock? StepClock => null;

    /// <summary>
    /// What the runner does without, each in one sentence for a person, such as a library that cannot be used; empty
    /// as a rule.
    /// </summary>
    IReadOnlyList<string> Notes => [];

    /// <summary>
    /// Reserves tokens and K/V for <paramref name="capacity"/> positions and returns a handle. All K/V rows start as
    /// zeros.
    /// </summary>
    /// <exception cref="RunnerCapacityException">No slot or too little memory: need and have.</exception>
    int OpenSequence(int capacity);

    /// <summary>Gives the sequence's slot and memory back for reuse; its tickets are dropped.</summary>
    void CloseSequence(int sequence);

    /// <summary>Writes tokens into the sequence's buffer, ordered with the steps around it.</summary>
    void WriteTokens(int sequence, int start, ReadOnlySpan<int> tokens);

    /// <summary>Reads tokens as they are after all steps so far, and waits for them.</summary>
    void ReadTokens(int sequence, int start, Span<int> tokens);

    /// <summary>
    /// Starts to copy tokens as they are after all steps so far, and does not wait. Whatever is computed or written
    /// afterwards does not change the copy. Memory for copies grows to the most that are under way at a time.
    /// </summary>
    /// <returns>A ticket for <see cref="EndRead"/>; never the same as another that is open.</returns>
    /// <exception cref="ArgumentException">
    /// The sequence is not open, or the positions lie outside of its capacity.
    /// </exception>
    int BeginReadTokens(int sequence, int start, int count);

    /// <summary>
    /// Starts to copy how many masks each of the sequence's groups [0, count) had left after the last step that ranked
    /// it by <see cref="UnmaskRule.Threshold"/>, <see cref="UnmaskRule.Certain"/> or <see cref="UnmaskRule.Factor"/>,
    /// and does not wait; 0 where none did. Positions that are broken, or that this step did not compute, do not count.
    /// </summary>
    /// <returns>A ticket for <see cref="EndRead"/>, as that of <see cref="BeginReadTokens"/>.</returns>
    /// <exception cref="ArgumentException">The sequence is not open, or has not so many groups.</exception>
    int BeginReadMasksLeft(int sequence, int count);

    /// <summary>
    /// Waits for the steps before the ticket, not for those after it, and hands over the copy. A ticket is ended once.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The ticket is not open: it was ended before, or its sequence was closed; or <paramref name="copy"/> is not as
    /// long as what was read, and then the ticket stays open.
    /// </exception>
    void EndRead(int ticket, Span<int> copy);

    /// <summary>
    /// Reads the confidence that each position's candidate had in the last step that ranked it; 0 where none did.
    /// </summary>
    void ReadConfidences(int sequence, int start, Span<float> confidences);

    /// <summary>Sets the K/V rows of a range to zero in all layers.</summary>
    void ClearKeyValues(int sequence, TokenRange range);

    /// <summary>
    /// Computes one step. A step that is refused has changed nothing. The runner keeps no reference to
    /// <paramref name="step"/>: the caller may change it as soon as the call has returned.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// A group names an unknown sequence, positions outside its capacity, a visibility outside of what exists, or a
    /// target whose predicting row is not in the step; or there are more rows than the limits allow.
    /// </exception>
    void Forward(ForwardStep step);

    /// <summary>Copies logits row <paramref name="index"/> of the last step, f32 [vocabulary].</summary>
    void ReadLogits(int index, Span<float> logits);
}
