using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding;

/// <summary>
/// A sequence that is being decoded: its slot in a runner, the host's copy of its tokens, and the rounds so far.
/// <see cref="PassBuilder"/> builds its passes.
/// </summary>
internal sealed class Sequence : IDisposable
{
    private readonly IModelRunner _runner;
    private readonly int[] _tokens;
    private readonly List<DecodingRound> _rounds = [];
    private bool _closed;

    /// <summary>Opens a sequence for at most <paramref name="capacity"/> tokens that begins with a prompt.</summary>
    /// <param name="runner">The model; not owned.</param>
    /// <param name="capacity">The positions to reserve.</param>
    /// <param name="prompt">At least one token.</param>
    /// <param name="recompute">
    /// True to compute every row in every pass, as if there were no K/V cache; for tests.
    /// </param>
    /// <param name="clock">The clock of its passes; null for the system's.</param>
    /// <exception cref="RunnerCapacityException">The runner has no room.</exception>
    public Sequence(
        IModelRunner runner, int capacity, ReadOnlySpan<int> prompt, bool recompute = false, TimeProvider? clock = null)
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
        Record = new PassRecord(capacity, runner.StepClock, clock ?? TimeProvider.System);
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
    /// Number of tokens so far, with the masks of a scaffold. Tokens that requested passes will write and that the host
    /// does not know yet do not count.
    /// </summary>
    public int Length { get; private set; }

    /// <summary>True if every pass computes every row; for tests.</summary>
    public bool Recompute { get; }

    /// <summary>The tokens as last read from the runner; see <see cref="ReadBack"/>.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Length);

    /// <summary>Its keys and values.</summary>
    public KeyValueRows KeyValues { get; } = new();

    /// <summary>The passes so far.</summary>
    public PassRecord Record { get; }

    /// <summary>The rounds of planned decoding so far.</summary>
    public IReadOnlyList<DecodingRound> Rounds => _rounds;

    /// <summary>The reason why decoding ended; meaningful once it has.</summary>
    public FinishReason Finish { get; set; }

    /// <summary>
    /// True if decoders request a pass before they know the result of the last one. False if every pass computes every
    /// row, because such a pass cannot be removed.
    /// </summary>
    public bool RunsAhead => _runner.RunsAhead && !Recompute;

    /// <summary>The most rows of a step in which each row has the same bits as in a step of its own.</summary>
    public int ExactRows => _runner.ExactRows;

    /// <summary>The runner's limits.</summary>
    public RunnerLimits Limits => _runner.Limits;

    /// <summary>The id of the mask token, or -1.</summary>
    public int MaskToken => _runner.Config.MaskTokenId ?? -1;

    /// <summary>Waits for all passes so far and reads the tokens of a range from the runner.</summary>
    /// <exception cref="BrokenLogitsException">One of them could not be decided.</exception>
    public void ReadBack(TokenRange range)
    {
        ReadDecided(range);
        RefuseBroken(TokensIn(range), range.Start, Record.Count);
    }

    /// <summary>
    /// The same for tokens of which only some will count. Each of these must pass <see cref="RefuseBroken(int)"/>
    /// first.
    /// </summary>
    public void ReadDecided(TokenRange range)
    {
        _runner.ReadTokens(Handle, range.Start, _tokens.AsSpan(range.Start, range.Length));
        Record.NoteArrival(Record.Count);
    }

    /// <summary>The tokens of a range, as last read.</summary>
    public ReadOnlySpan<int> TokensIn(TokenRange range) => _tokens.AsSpan(range.Start, range.Length);

    /// <summary>The number of masks in a range, as last read.</summary>
    public int CountMasks(TokenRange range) => TokensIn(range).Count(MaskToken);

    /// <summary>Frees the slot.</summary>
    public void Dispose()
    {
        if (_closed) return;
        _closed = true;
        _runner.CloseSequence(Handle);
    }

    /// <summary>
    /// Checks a length up to which a decoder fills the sequence, before memory of that size is allocated.
    /// </summary>
    /// <exception cref="ArgumentException">The sequence is already longer.</exception>
    /// <exception cref="RunnerCapacityException">It has fewer positions.</exception>
    public void RequireRoom(int length)
    {
        if (length < Length) throw new ArgumentException($"Length is {length}; the sequence has {Length} tokens.");
        if (length > Capacity)
            throw new RunnerCapacityException($"{length} positions are needed; the sequence has {Capacity}.");
    }

    /// <summary>Appends tokens.</summary>
    public void Append(ReadOnlySpan<int> tokens)
    {
        if (tokens.Length > Capacity - Length)
            throw new RunnerCapacityException(
                $"{(long)Length + tokens.Length} positions are needed; the sequence has {Capacity}.");
        tokens.CopyTo(_tokens.AsSpan(Length));
        _runner.WriteTokens(Handle, Length, tokens);
        Length += tokens.Length;
    }

    /// <summary>Starts to read tokens as they will be after the passes so far; does not wait.</summary>
    /// <param name="range">The positions. They may be after the last known token.</param>
    /// <param name="passes">The number of passes that have been handed to the runner.</param>
    public PendingRead BeginRead(TokenRange range, int passes) =>
        new(_runner.BeginReadTokens(Handle, range.Start, range.Length), range, passes);

    /// <summary>Waits for the passes before the read, not for later ones, and takes its tokens.</summary>
    public void EndRead(in PendingRead read) => EndRead(read, _tokens.AsSpan(read.Range.Start, read.Range.Length));

    /// <summary>The same for an observer: the host's copy does not change.</summary>
    public void EndRead(in PendingRead read, Span<int> tokens)
    {
        _runner.EndRead(read.Ticket, tokens);
        Record.NoteArrival(read.Passes);
        RefuseBroken(tokens, read.Range.Start, read.Passes);
    }

    /// <summary>
    /// Starts to read the number of masks left in each of the groups [0, <paramref name="groups"/>) after the passes so
    /// far; does not wait. All these passes have been handed to the runner.
    /// </summary>
    public PendingRead BeginReadMasksLeft(int groups) =>
        new(_runner.BeginReadMasksLeft(Handle, groups), new TokenRange(0, groups), Record.Count);

    /// <summary>
    /// Waits for the passes before the read, not for later ones, and takes its counts. Broken positions do not count as
    /// masks; a read of tokens reports them.
    /// </summary>
    public void EndReadMasksLeft(in PendingRead read, Span<int> masksLeft)
    {
        _runner.EndRead(read.Ticket, masksLeft);
        Record.NoteArrival(read.Passes);
    }

    /// <summary>
    /// Writes drafts after the last token, in the runner only. <see cref="KeepNext"/> adds an accepted one to the
    /// sequence.
    /// </summary>
    public void WriteDrafts(ReadOnlySpan<int> drafts) => _runner.WriteTokens(Handle, Length, drafts);

    /// <summary>Adds the token after the last one, which has been read, to the sequence.</summary>
    public void KeepNext() => Length++;

    /// <summary>Removes the tokens from <paramref name="length"/> on.</summary>
    public void Truncate(int length)
    {
        Length = Math.Min(Length, length);
        KeyValues.CutAt(Length);
    }

    /// <summary>
    /// Removes the tokens from <paramref name="length"/> on, so that others are written and computed there.
    /// </summary>
    public void Rewind(int length)
    {
        Truncate(length);
        KeyValues.Rewind(length);
    }

    /// <summary>Begins a round after the last token.</summary>
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

    /// <summary>Every read passes through here, so that every token from the runner is checked.</summary>
    /// <exception cref="BrokenLogitsException">One of them could not be decided.</exception>
    private void RefuseBroken(ReadOnlySpan<int> tokens, int start, int passes)
    {
        int at = tokens.IndexOf(UnmaskGroup.BrokenToken);
        if (at >= 0) throw new BrokenLogitsException(start + at, StageOf(start + at, passes));
    }

    /// <summary>The stage that decided a position that was read after so many passes.</summary>
    private DecodingStage StageOf(int position, int passes)
    {
        bool inSpan = _rounds.Exists(round => round.Scaffold?.Region.Contains(position) == true);
        return inSpan ? DecodingStage.Denoise : Record.LastStage(passes);
    }
}
