using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding;

/// <summary>
/// A sequence that is being decoded: its slot in a runner, the host's copy of its tokens, and the rounds of its plan so
/// far. <see cref="PassBuilder"/> builds its passes.
/// </summary>
internal sealed class Sequence : IDisposable
{
    private readonly IModelRunner _runner;
    private readonly int[] _tokens;
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
        Record = new PassRecord(capacity, runner.StepClock);
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

    /// <summary>True if every pass computes every row.</summary>
    public bool Recompute { get; }

    /// <summary>The tokens as last read from the runner; see <see cref="ReadBack"/>.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Length);

    /// <summary>Its keys and values.</summary>
    public KeyValueRows KeyValues { get; } = new();

    /// <summary>The passes so far.</summary>
    public PassRecord Record { get; }

    /// <summary>The rounds of planned decoding so far.</summary>
    public IReadOnlyList<DecodingRound> Rounds => _rounds;

    /// <summary>Why decoding ended; meaningful once it has.</summary>
    public FinishReason Finish { get; set; }

    /// <summary>
    /// True if decoders shall ask for a pass before they know what the last one decided. Not where every pass computes
    /// every row: a pass could not be taken back.
    /// </summary>
    public bool RunsAhead => _runner.RunsAhead && !Recompute;

    /// <summary>Most rows of a step in which each has the bits that it has alone.</summary>
    public int ExactRows => _runner.ExactRows;

    /// <summary>The runner's limits.</summary>
    public RunnerLimits Limits => _runner.Limits;

    /// <summary>The id that stands for an unrevealed position, or -1.</summary>
    public int MaskToken => _runner.Config.MaskTokenId ?? -1;

    /// <summary>Reads tokens of a range from the runner; waits for the passes before.</summary>
    /// <exception cref="BrokenLogitsException">One of them could not be decided.</exception>
    public void ReadBack(TokenRange range)
    {
        ReadDecided(range);
        RefuseBroken(TokensIn(range), range.Start, Record.Count);
    }

    /// <summary>
    /// The same for tokens of which only some will count: each has to pass <see cref="RefuseBroken(int)"/> first.
    /// </summary>
    public void ReadDecided(TokenRange range)
    {
        _runner.ReadTokens(Handle, range.Start, _tokens.AsSpan(range.Start, range.Length));
        Record.NoteArrival(Record.Count);
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
    public void RequireRoom(int length)
    {
        if (length < Length) throw new ArgumentException($"Length is {length}; the sequence has {Length} tokens.");
        if (length > Capacity)
            throw new RunnerCapacityException($"{length} positions are needed; the sequence has {Capacity}.");
    }

    /// <summary>Writes tokens behind the last one.</summary>
    public void Append(ReadOnlySpan<int> tokens)
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
    public PendingRead BeginRead(TokenRange range, int passes) =>
        new(_runner.BeginReadTokens(Handle, range.Start, range.Length), range, passes);

    /// <summary>Waits for the passes before the read, not for later ones, and takes its tokens.</summary>
    public void EndRead(in PendingRead read) => EndRead(read, _tokens.AsSpan(read.Range.Start, read.Range.Length));

    /// <summary>The same for somebody who watches: the host's copy does not change.</summary>
    public void EndRead(in PendingRead read, Span<int> tokens)
    {
        _runner.EndRead(read.Ticket, tokens);
        Record.NoteArrival(read.Passes);
        RefuseBroken(tokens, read.Range.Start, read.Passes);
    }

    /// <summary>
    /// Starts to read how many masks the groups [0, <paramref name="groups"/>) have left after the passes so far, all
    /// of which have been handed to the runner; does not wait.
    /// </summary>
    public PendingRead BeginReadMasksLeft(int groups) =>
        new(_runner.BeginReadMasksLeft(Handle, groups), new TokenRange(0, groups), Record.Count);

    /// <summary>
    /// Waits for the passes before the read, not for later ones, and takes its counts. Broken positions are no masks:
    /// whoever reads tokens finds them.
    /// </summary>
    public void EndReadMasksLeft(in PendingRead read, Span<int> masksLeft)
    {
        _runner.EndRead(read.Ticket, masksLeft);
        Record.NoteArrival(read.Passes);
    }

    /// <summary>
    /// Writes guesses behind the last token, as tokens of the runner alone. Those that come true are counted by
    /// <see cref="KeepNext"/>.
    /// </summary>
    public void WriteDrafts(ReadOnlySpan<int> drafts) => _runner.WriteTokens(Handle, Length, drafts);

    /// <summary>Counts the token behind the last one, which has been read, as one of the sequence.</summary>
    public void KeepNext() => Length++;

    /// <summary>Forgets tokens from <paramref name="length"/> on.</summary>
    public void Truncate(int length)
    {
        Length = Math.Min(Length, length);
        KeyValues.CutAt(Length);
    }

    /// <summary>Forgets tokens from <paramref name="length"/> on, to write others there and compute those.</summary>
    public void Rewind(int length)
    {
        Truncate(length);
        KeyValues.Rewind(length);
    }

    /// <summary>Begins a round behind the last token.</summary>
    public DecodingRound BeginRound()
    {
        var round = new DecodingRound(_rounds.Count, Length);
        _rounds.Add(round);
        return round;
    }

    /// <summary>Sets keys and values of a range to zero.</summary>
    public void ClearKeyValues(TokenRange range) => _runner.ClearKeyValues(Handle, range);

    /// <summary>Checks a token that the last pass decided.</summary>
    /// <exception cref="BrokenLogitsException">It could not be decided.</exception>
    public void RefuseBroken(int position) => RefuseBroken(_tokens.AsSpan(position, 1), position, Record.Count);

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
        return inSpan ? DecodingStage.Denoise : Record.LastStage(passes);
    }
}
