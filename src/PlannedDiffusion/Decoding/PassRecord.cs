using System.Diagnostics;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding;

/// <summary>The passes that a sequence took part in: what they were, when, and what their guesses saved.</summary>
internal sealed class PassRecord
{
    private readonly List<DecodingPass> _passes;

    /// <param name="capacity">
    /// Positions of the sequence. A pass per token is the most, so that noting one allocates nothing.
    /// </param>
    /// <param name="steps">Tells when the device ran each step; null if nobody does.</param>
    public PassRecord(int capacity, IStepClock? steps)
    {
        _passes = new List<DecodingPass>(capacity);
        Clock = new PassClock(capacity, steps);
    }

    /// <summary>The passes so far; without <see cref="Surplus"/>.</summary>
    public IReadOnlyList<DecodingPass> Passes => _passes;

    /// <summary>How many there are.</summary>
    public int Count => _passes.Count;

    /// <summary>
    /// Passes that a decoder asked for ahead of what it knew and that had nothing to do: the answer, the plan or the
    /// round had ended before them. They were computed, and have left no trace.
    /// </summary>
    public int Surplus { get; private set; }

    /// <summary>How many of the passes are known to have been computed, because something of theirs was read.</summary>
    public int Arrived { get; private set; }

    /// <summary>When the passes were under way.</summary>
    public PassClock Clock { get; }

    /// <summary>Notes a pass that a decoder asks for.</summary>
    public void Add(DecodingPass pass) => _passes.Add(pass);

    /// <summary>Takes the last pass, which was asked for ahead, off the record: its rows had nothing to do.</summary>
    public void TakeBack()
    {
        _passes.RemoveAt(_passes.Count - 1);
        Surplus++;
    }

    /// <summary>Takes rows that had nothing to do off the record of the last pass.</summary>
    public void TakeBackRows(int rows) => _passes[^1] = _passes[^1] with { Rows = _passes[^1].Rows - rows };

    /// <summary>Notes how many drafts of the last pass came true; returns how many did not.</summary>
    public int Score(int kept)
    {
        _passes[^1] = _passes[^1] with { Kept = kept };
        return _passes[^1].Drafted - kept;
    }

    /// <summary>Notes that something was read which so many passes had decided.</summary>
    public void NoteArrival(int passes)
    {
        passes = Math.Min(passes, _passes.Count); // one of them may have been taken back since
        Arrived = Math.Max(Arrived, passes);
        Clock.Computed(passes, Stopwatch.GetTimestamp());
    }

    /// <summary>The stage of the last of so many passes.</summary>
    public DecodingStage LastStage(int passes) => _passes[Math.Min(passes, _passes.Count) - 1].Stage;
}
