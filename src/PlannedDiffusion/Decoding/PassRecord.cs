using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding;

/// <summary>The passes of a sequence: their stages and times, and the passes that their drafts saved.</summary>
internal sealed class PassRecord
{
    private readonly List<DecodingPass> _passes;
    private readonly TimeProvider _time;

    /// <param name="capacity">
    /// Positions of the sequence. There is at most one pass per token, so recording one allocates nothing.
    /// </param>
    /// <param name="steps">The times at which the device ran each step; null if they are not measured.</param>
    /// <param name="time">The clock of all other times.</param>
    public PassRecord(int capacity, IStepClock? steps, TimeProvider time)
    {
        _passes = new List<DecodingPass>(capacity);
        _time = time;
        Clock = new PassClock(capacity, steps, time);
    }

    /// <summary>The passes so far, without <see cref="Surplus"/>.</summary>
    public IReadOnlyList<DecodingPass> Passes => _passes;

    /// <summary>The number of passes.</summary>
    public int Count => _passes.Count;

    /// <summary>
    /// Number of passes that a decoder requested ahead and that had nothing to do, because the answer, the plan or the
    /// round had ended before. They were computed without any effect.
    /// </summary>
    public int Surplus { get; private set; }

    /// <summary>Number of passes that are known to be computed, because something of them was read.</summary>
    public int Arrived { get; private set; }

    /// <summary>The times of the passes.</summary>
    public PassClock Clock { get; }

    /// <summary>Records a pass that a decoder requests.</summary>
    public void Add(DecodingPass pass) => _passes.Add(pass);

    /// <summary>Removes the last pass, which was requested ahead and had nothing to do.</summary>
    public void TakeBack()
    {
        _passes.RemoveAt(_passes.Count - 1);
        Surplus++;
    }

    /// <summary>Removes the last pass, of which nothing was computed.</summary>
    public void Withdraw() => _passes.RemoveAt(_passes.Count - 1);

    /// <summary>The last pass has so many rows in this step.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="before">True if they are only those that come before the rest of the pass.</param>
    /// <returns>The pass as it was.</returns>
    public DecodingPass Cut(int rows, bool before)
    {
        DecodingPass whole = _passes[^1];
        DecodingStage stage = whole.Stage == DecodingStage.Sync ? DecodingStage.Sync : DecodingStage.Prefill;
        _passes[^1] = before ? new DecodingPass(stage, rows) : whole with { Rows = rows };
        return whole;
    }

    /// <summary>Removes rows that had nothing to do from the last pass.</summary>
    public void TakeBackRows(int rows) => _passes[^1] = _passes[^1] with { Rows = _passes[^1].Rows - rows };

    /// <summary>Records the number of accepted drafts of the last pass; returns the number of rejected ones.</summary>
    public int Score(int kept)
    {
        _passes[^1] = _passes[^1] with { Kept = kept };
        return _passes[^1].Drafted - kept;
    }

    /// <summary>Records that something was read that so many passes had decided.</summary>
    public void NoteArrival(int passes)
    {
        passes = Math.Min(passes, _passes.Count); // one of them may have been taken back since
        Arrived = Math.Max(Arrived, passes);
        Clock.Computed(passes, _time.GetTimestamp());
    }

    /// <summary>The stage of the last of so many passes.</summary>
    public DecodingStage LastStage(int passes) => _passes[Math.Min(passes, _passes.Count) - 1].Stage;
}
