using System.Runtime.CompilerServices;

namespace PlannedDiffusion.Engine;

/// <summary>
/// How running requests share steps. The defaults are those of a simulation against measured step times; none of them
/// changes an answer. A plan or an autoregressive answer is written token by token, so that each step that it misses
/// or that takes long delays it. Spans, dense rounds and plain diffusion ask for many rows at once: these are units.
/// </summary>
public sealed record SchedulingOptions
{
    /// <summary>
    /// True if every step has the rows of all plans and autoregressive answers, as far as the runner's steps have room.
    /// False if they wait their turn among the units.
    /// </summary>
    public bool WritersFirst { get; init; } = true;

    /// <summary>
    /// True if each span of a round is a unit; spans of a round that do not see each other need not be in the same
    /// step. False if all unfinished spans of a round are one unit.
    /// </summary>
    public bool SpansAreUnits { get; init; } = true;

    /// <summary>
    /// True if the units of the oldest request come first; see <see cref="GenerationRequest.Priority"/>. False if those
    /// that could be computed first do.
    /// </summary>
    public bool OldestFirst { get; init; } = true;

    /// <summary>
    /// While a request writes token by token, a step has as many rows as take at most so many times a step of one row,
    /// by the step times that the engine measures. Where these are fewer than a short span has, as on CPUs, it has one
    /// unit instead. Infinity for no such bound. A unit that is larger than the bound is computed when no other unit is
    /// in the step.
    /// </summary>
    public double StretchPerStep { get; init; } = 2;

    /// <summary>The most rows of a step with more than one unit.</summary>
    public int MaxRows { get; init; } = 1024;

    /// <summary>
    /// The rows that a step may have once a unit has waited for <see cref="Patience"/>, whatever they take; 0 for no
    /// exception.
    /// </summary>
    public int PatienceRows { get; init; } = 512;

    /// <summary>How long a unit waits before a step may have <see cref="PatienceRows"/>.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// True if a span that has begun comes before those that have not, so that it is only paused if steps may have
    /// fewer rows than before.
    /// </summary>
    public bool KeepsPlaces { get; init; } = true;

    /// <summary>
    /// How long a unit that does not fit into a step lets later units pass. Infinite for as long as it takes.
    /// </summary>
    public TimeSpan MaxBypass { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The rows of prompts that a step has at least, if prompts wait.</summary>
    public int MinPrefillRows { get; init; } = 32;

    /// <summary>
    /// The most rows of prompts in a step. Between the two, prompts get what writers and units leave. A request that
    /// runs alone computes its prompt in as few steps as the runner can.
    /// </summary>
    public int MaxPrefillRows { get; init; } = 256;

    /// <summary>
    /// True if of several keys the one that was served the fewest rows comes first, in the queue and in steps; see
    /// <see cref="GenerationRequest.ShareKey"/>.
    /// </summary>
    public bool SharesEvenly { get; init; } = true;

    /// <summary>Checks every field.</summary>
    /// <exception cref="ArgumentException">A field is outside its range. The message names it.</exception>
    public void Validate()
    {
        Require(StretchPerStep >= 1, StretchPerStep, "at least 1"); // not for NaN
        Require(MaxRows >= 1, MaxRows, "at least 1");
        Require(PatienceRows >= 0, PatienceRows, "at least 0");
        Require(Patience >= TimeSpan.Zero, Patience, "at least 0");
        Require(
            MaxBypass == Timeout.InfiniteTimeSpan || MaxBypass >= TimeSpan.Zero, MaxBypass, "at least 0, or infinite");
        Require(MinPrefillRows >= 1, MinPrefillRows, "at least 1");
        Require(MaxPrefillRows >= MinPrefillRows, MaxPrefillRows, $"at least {nameof(MinPrefillRows)}");
    }

    private static void Require<T>(
        bool holds, T value, string range, [CallerArgumentExpression(nameof(value))] string name = "") =>
        OptionRange.Require(holds, value, range, $"{nameof(EngineOptions.Scheduling)}.{name}");
}
