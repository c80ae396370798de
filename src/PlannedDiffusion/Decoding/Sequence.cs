using System.Diagnostics;
using System.Runtime.InteropServices;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding;

/// <summary>
/// A sequence that is being decoded: its slot in a runner, the host's copy of its tokens, the pass that its decoder
/// asks for, and what has happened so far.
/// </summary>
public sealed class Sequence : IDisposable
{
    private readonly IModelRunner _runner;
    private readonly int[] _tokens;
    private readonly List<RowGroup> _history = [];
    private readonly Queue<RowGroup> _riding = new();
    private readonly List<DecodingPass> _passes;
    private readonly List<DecodingRound> _rounds = [];
    private bool _closed;

    /// <summary>Opens a sequence for at most <paramref name="capacity"/> tokens that begins with a prompt.</summary>
    /// <param name="runner">The model; not owned.</param>
    /// <param name="capacity">Positions to reserve.</param>
    /// <param name="prompt">At least one token.</param>
    /// <param name="recompute">True to compute every row in every pass, as without a K/V cache; for tests.</param>
    /// <exception cref="RunnerCapacityException">The runner has no room.</exception>
    public Sequence(IModelRunner runner, int capacity, ReadOnlySpan<int> prompt, bool recompute = false)
    {
        ArgumentNullException.ThrowIfNull(runner);
        if (prompt.IsEmpty) throw new ArgumentException("The prompt needs at least one token.", nameof(prompt));
        if (prompt.Length > capacity)
            throw new ArgumentException($"The prompt has {prompt.Length} tokens, the sequence room for {capacity}.");
        if (capacity > runner.Limits.MaxPositions)
            throw new RunnerCapacityException(
                $"A sequence needs {capacity} positions; the runner has {runner.Limits.MaxPositions} for each.");
        _runner = runner;
        _tokens = new int[capacity];
        _passes = new List<DecodingPass>(capacity); // a pass per token, at most, so that noting one allocates nothing
        Clock = new PassClock(capacity, runner.StepClock);
        Recompute = recompute;
        PromptLength = prompt.Length;
        Handle = runner.OpenSequence(capacity);
        try
        {
            Append(prompt);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The runner's handle.</summary>
    public int Handle { get; }

    /// <summary>Positions reserved.</summary>
    public int Capacity => _tokens.Length;

    /// <summary>Tokens of the prompt.</summary>
    public int PromptLength { get; }

    /// <summary>
    /// Tokens so far, masks of a scaffold included; without those that passes were asked for and that the host does not
    /// know yet.
    /// </summary>
    public int Length { get; private set; }

    /// <summary>Rows whose keys and values exist: [0, Computed).</summary>
    public int Computed { get; private set; }

    /// <summary>True if every pass computes every row.</summary>
    public bool Recompute { get; }

    /// <summary>The tokens as last read from the runner; see <see cref="ReadBack"/>.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Length);

    /// <summary>The pass that the decoder asks for.</summary>
    public ForwardStep Pass { get; } = new();

    /// <summary>The passes so far; without <see cref="SurplusPasses"/>.</summary>
    public IReadOnlyList<DecodingPass> Passes => _passes;

    /// <summary>
    /// Passes that a decoder asked for ahead of what it knew and that had nothing to do: the answer, the plan or the
    /// round had ended before them. They were computed, and have left no trace.
    /// </summary>
    public int SurplusPasses { get; private set; }

    /// <summary>The rounds of planned decoding so far.</summary>
    public IReadOnlyList<DecodingRound> Rounds => _rounds;

    /// <summary>Why decoding ended; meaningful once it has.</summary>
    public FinishReason Finish { get; internal set; }

    /// <summary>
    /// True if decoders shall ask for a pass before they know what the last one decided. Not where every pass computes
    /// every row: a pass could not be taken back.
    /// </summary>
    internal bool RunsAhead => _runner.RunsAhead && !Recompute;

    /// <summary>How many of the passes are known to have been computed, because something of theirs was read.</summary>
    internal int ArrivedPasses { get; private set; }

    /// <summary>When the passes were under way.</summary>
    internal PassClock Clock { get; }

    /// <summary>Most rows that one pass may compute.</summary>
    internal int MaxRows => _runner.Limits.MaxRowsPerStep;

    /// <summary>Most rows of a step in which each has the bits that it has alone.</summary>
    internal int ExactRows => _runner.ExactRows;

    /// <summary>The runner's limits.</summary>
    internal RunnerLimits Limits => _runner.Limits;

    /// <summary>The id that stands for an unrevealed position, or -1.</summary>
    internal int MaskToken => _runner.Config.MaskTokenId ?? -1;

    /// <summary>Rows that wait to ride along in a pass.</summary>
    internal int RidingRows => _riding.Sum(group => group.Positions.Length);

    /// <summary>Reads tokens of a range from the runner; waits for the passes before.</summary>
    /// <exception cref="BrokenLogitsException">One of them could not be decided.</exception>
    public void ReadBack(TokenRange range)
    {
        ReadDecided(range);
        RefuseBroken(TokensIn(range), range.Start, _passes.Count);
    }

    /// <summary>
    /// The same for tokens of which only some will count: each has to pass <see cref="RefuseBroken(int)"/> first.
    /// </summary>
    internal void ReadDecided(TokenRange range)
    {
        _runner.ReadTokens(Handle, range.Start, _tokens.AsSpan(range.Start, range.Length));
        NoteArrival(_passes.Count);
    }

    /// <summary>Tokens of a range, as last read.</summary>
    public ReadOnlySpan<int> TokensIn(TokenRange range) => _tokens.AsSpan(range.Start, range.Length);

    /// <summary>Positions of a range that hold the mask, as last read.</summary>
    public int CountMasks(TokenRange range) => TokensIn(range).Count(MaskToken);

    /// <summary>Gives the slot back.</summary>
    public void Dispose()
    {
        if (_closed) return;
        _closed = true;
        _runner.CloseSequence(Handle);
    }

    /// <summary>For decoders that fill the sequence up to a length, before anything of that size is made.</summary>
    /// <exception cref="ArgumentException">The sequence is longer already.</exception>
    /// <exception cref="RunnerCapacityException">It has not so many positions.</exception>
    internal void RequireRoom(int length)
    {
        if (length < Length) throw new ArgumentException($"Length is {length}; the sequence has {Length} tokens.");
        if (length > Capacity)
            throw new RunnerCapacityException($"{length} positions are needed; the sequence has {Capacity}.");
    }

    /// <summary>Writes tokens behind the last one.</summary>
    internal void Append(ReadOnlySpan<int> tokens)
    {
        if (tokens.Length > Capacity - Length)
            throw new RunnerCapacityException(
                $"{(long)Length + tokens.Length} positions are needed; the sequence has {Capacity}.");
        tokens.CopyTo(_tokens.AsSpan(Length));
        _runner.WriteTokens(Handle, Length, tokens);
        Length += tokens.Length;
    }

    /// <summary>Starts to read tokens as they are after the passes so far; does not wait.</summary>
    /// <param name="range">The positions; they may lie behind the last known token.</param>
    /// <param name="passes">How many of the passes have been handed to the runner.</param>
    internal PendingRead BeginRead(TokenRange range, int passes) =>
        new(_runner.BeginReadTokens(Handle, range.Start, range.Length), range, passes);

    /// <summary>Waits for the passes before the read, not for later ones, and takes its tokens.</summary>
    internal void EndRead(in PendingRead read) => EndRead(read, _tokens.AsSpan(read.Range.Start, read.Range.Length));

    /// <summary>The same for somebody who watches: the host's copy does not change.</summary>
    internal void EndRead(in PendingRead read, Span<int> tokens)
    {
        _runner.EndRead(read.Ticket, tokens);
        NoteArrival(Math.Min(read.Passes, _passes.Count));
        RefuseBroken(tokens, read.Range.Start, read.Passes);
    }

    /// <summary>
    /// Starts to read how many masks the groups [0, <paramref name="groups"/>) have left after the passes so far, all
    /// of which have been handed to the runner; does not wait.
    /// </summary>
    internal PendingRead BeginReadMasksLeft(int groups) =>
        new(_runner.BeginReadMasksLeft(Handle, groups), new TokenRange(0, groups), _passes.Count);

    /// <summary>
    /// Waits for the passes before the read, not for later ones, and takes its counts. Broken positions are no masks:
    /// whoever reads tokens finds them.
    /// </summary>
    internal void EndReadMasksLeft(in PendingRead read, Span<int> masksLeft)
    {
        _runner.EndRead(read.Ticket, masksLeft);
        NoteArrival(Math.Min(read.Passes, _passes.Count));
    }

    /// <summary>Counts the token behind the last one, which has been read, as one of the sequence.</summary>
    internal void KeepNext() => Length++;

    /// <summary>
    /// Takes the last pass, which was asked for ahead, off the record: its rows had nothing to do.
    /// </summary>
    internal void TakeBackPass()
    {
        _passes.RemoveAt(_passes.Count - 1);
        SurplusPasses++;
        Computed = Math.Min(Computed, Length);
    }

    /// <summary>Takes rows that had nothing to do off the record of the last pass.</summary>
    internal void TakeBackRows(int rows) => _passes[^1] = _passes[^1] with { Rows = _passes[^1].Rows - rows };

    /// <summary>Forgets tokens from <paramref name="length"/> on.</summary>
    internal void Truncate(int length)
    {
        Length = Math.Min(Length, length);
        Computed = Math.Min(Computed, Length);
    }

    /// <summary>Forgets tokens from <paramref name="length"/> on, to write others there and compute those.</summary>
    internal void Rewind(int length)
    {
        Truncate(length);
        _history.RemoveAll(group => group.Positions.Start >= length);
    }

    internal DecodingRound BeginRound()
    {
        var round = new DecodingRound(_rounds.Count, Length);
        _rounds.Add(round);
        return round;
    }

    /// <summary>Empties the pass.</summary>
    internal void BeginPass() => Pass.Clear();

    /// <summary>True if the pass takes so many rows more.</summary>
    internal bool HasRoom(int rows) => Recompute || Pass.RowCount + rows <= MaxRows;

    /// <summary>Adds rows to the pass.</summary>
    /// <param name="positions">The rows.</param>
    /// <param name="visibility">What they see.</param>
    /// <param name="onlyIfMasked">True if they are a span that may be finished: see <see cref="RowGroup"/>.</param>
    internal void AddRows(TokenRange positions, AttentionRange visibility, bool onlyIfMasked = false)
    {
        bool known = positions.End <= Computed;
        Computed = Math.Max(Computed, positions.End);
        var group = new RowGroup(Handle, positions, visibility, onlyIfMasked);
        if (!Recompute) Pass.AddRows(group);
        else if (!known) _history.Add(group);
    }

    /// <summary>Adds the rows that are appended and not computed, up to a position; they see all before them.</summary>
    internal void AddPendingRows(int end) =>
        AddRows(new TokenRange(Computed, end), AttentionRange.CausalFrom(Computed, end));

    /// <summary>The same, where no pass is to come but perhaps that of a next plan.</summary>
    internal void LetPendingRowsRide(int end)
    {
        if (Recompute) AddPendingRows(end);
        else if (Computed < end) LetRide(new TokenRange(Computed, end), AttentionRange.CausalFrom(Computed, end));
        SkipPendingRows(end);
    }

    /// <summary>Notes that no row before <paramref name="end"/> is pending, computed or not.</summary>
    internal void SkipPendingRows(int end) => Computed = Math.Max(Computed, end);

    /// <summary>Lets rows ride along, for fresh keys and values, in the next pass that has room for them.</summary>
    internal void LetRide(TokenRange positions, AttentionRange visibility) =>
        _riding.Enqueue(new RowGroup(Handle, positions, visibility));

    /// <summary>Adds the riding rows that the pass has room for, in their order.</summary>
    internal void AddRiders()
    {
        while (_riding.TryPeek(out RowGroup group) && Pass.RowCount + group.Positions.Length <= MaxRows)
        {
            Pass.AddRows(Handle, group.Positions, group.Visibility);
            _riding.Dequeue();
        }
    }

    /// <summary>
    /// Writes guesses behind the last token and adds their rows; they are tokens of the runner alone. Those that come
    /// true are counted by <see cref="KeepNext"/>, and all ends with <see cref="KeepDrafts"/>.
    /// </summary>
    internal void AddDrafts(ReadOnlySpan<int> drafts)
    {
        if (drafts.IsEmpty) return;
        _runner.WriteTokens(Handle, Length, drafts);
        AddPendingRows(Length + drafts.Length);
    }

    /// <summary>Notes how many drafts of the last pass came true: the rows of the others are pending again.</summary>
    internal void KeepDrafts(int kept)
    {
        _passes[^1] = _passes[^1] with { Kept = kept };
        Computed -= _passes[^1].Drafted - kept;
    }

    /// <summary>Completes the pass: it may be computed now.</summary>
    /// <param name="stage">What it is for.</param>
    /// <param name="drafted">How many of its rows are drafts.</param>
    internal DecodingStage Ready(DecodingStage stage, int drafted = 0)
    {
        foreach (RowGroup group in CollectionsMarshal.AsSpan(_history))
            Pass.AddRows(Handle, group.Positions, group.Visibility);
        AddRiders();
        if (Pass.RowCount > MaxRows)
            throw new RunnerCapacityException($"A pass needs {Pass.RowCount} rows; the runner computes {MaxRows}.");
        Pass.Stages = stage.Flag();
        _passes.Add(new DecodingPass(stage, Pass.RowCount, drafted));
        return stage;
    }

    /// <summary>Sets keys and values of a range to zero.</summary>
    internal void ClearKeyValues(TokenRange range) => _runner.ClearKeyValues(Handle, range);

    /// <summary>Checks a token that the last pass decided.</summary>
    /// <exception cref="BrokenLogitsException">It could not be decided.</exception>
    internal void RefuseBroken(int position) =>
        RefuseBroken(_tokens.AsSpan(position, 1), position, _passes.Count);

    /// <summary>No token leaves the runner unchecked: every read comes by here.</summary>
    /// <exception cref="BrokenLogitsException">One of them could not be decided.</exception>
    private void RefuseBroken(ReadOnlySpan<int> tokens, int start, int passes)
    {
        int at = tokens.IndexOf(UnmaskGroup.BrokenToken);
        if (at >= 0) throw new BrokenLogitsException(start + at, StageOf(start + at, passes));
    }

    /// <summary>The stage that decided a position which was read after so many passes.</summary>
    private DecodingStage StageOf(int position, int passes)
    {
        bool inSpan = _rounds.Exists(round => round.Scaffold?.Region.Contains(position) == true);
        return inSpan ? DecodingStage.Denoise : _passes[Math.Min(passes, _passes.Count) - 1].Stage;
    }

    private void NoteArrival(int passes)
    {
        ArrivedPasses = Math.Max(ArrivedPasses, passes);
        Clock.Computed(passes, Stopwatch.GetTimestamp());
    }
}
