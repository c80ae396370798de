using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.TestKit;

/// <summary>
/// A plain runner in double precision. It is the oracle for other runners, and replaces them in tests of decoders. It
/// checks steps strictly.
/// </summary>
public sealed class ReferenceModelRunner : IModelRunner
{
    private readonly ReferenceNetwork _network;
    private readonly Dictionary<int, State> _sequences = [];
    private readonly List<double[]> _logits = [];
    private readonly Dictionary<int, (int Sequence, int[] Copy)> _reads = [];
    private int _nextHandle;
    private int _nextTicket;

    /// <summary>Runs a checkpoint within the given limits.</summary>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="limits">The limits; null for the defaults.</param>
    /// <param name="round">Rounds activations between operations; null for no rounding.</param>
    public ReferenceModelRunner(
        ReferenceWeights weights, RunnerLimits? limits = null, Func<double, double>? round = null)
    {
        _network = new ReferenceNetwork(weights, round);
        Config = weights.Config;
        Limits = limits ?? new RunnerLimits();
    }

    /// <inheritdoc/>
    public ModelConfig Config { get; }

    /// <inheritdoc/>
    public RunnerLimits Limits { get; }

    /// <inheritdoc/>
    public string Device => "reference";

    /// <inheritdoc/>
    public bool RunsAhead => false;

    /// <inheritdoc/>
    public int ExactRows => int.MaxValue;

    /// <summary>Number of open sequences, for tests of clean-up.</summary>
    public int OpenSequences => _sequences.Count;

    /// <summary>An exception that the next forward pass throws once, for tests of faults.</summary>
    public Exception? NextFault { get; set; }

    /// <inheritdoc/>
    public int OpenSequence(int capacity)
    {
        if (_sequences.Count >= Limits.MaxSequences)
            throw new RunnerCapacityException($"{_sequences.Count + 1} sequences needed, {Limits.MaxSequences} there.");
        if (capacity > Limits.MaxPositions)
            throw new RunnerCapacityException($"{capacity} positions needed, {Limits.MaxPositions} there.");
        _sequences.Add(_nextHandle, new State(Config, capacity, Limits.MaxGroupsPerSequence));
        return _nextHandle++;
    }

    /// <inheritdoc/>
    public void CloseSequence(int sequence)
    {
        if (!_sequences.Remove(sequence)) throw new ArgumentException($"No sequence {sequence}.", nameof(sequence));
        foreach ((int ticket, (int reader, _)) in _reads)
        {
            if (reader == sequence) _reads.Remove(ticket);
        }
    }

    /// <inheritdoc/>
    public void WriteTokens(int sequence, int start, ReadOnlySpan<int> tokens) =>
        tokens.CopyTo(Open(sequence).Tokens.AsSpan(start));

    /// <inheritdoc/>
    public void ReadTokens(int sequence, int start, Span<int> tokens) =>
        Open(sequence).Tokens.AsSpan(start, tokens.Length).CopyTo(tokens);

    /// <inheritdoc/>
    public int BeginReadTokens(int sequence, int start, int count)
    {
        _reads.Add(_nextTicket, (sequence, Open(sequence).Tokens.AsSpan(start, count).ToArray()));
        return _nextTicket++;
    }

    /// <inheritdoc/>
    public int BeginReadMasksLeft(int sequence, int count)
    {
        StepRules.CheckGroups(count, Limits);
        _reads.Add(_nextTicket, (sequence, Open(sequence).MasksLeft.AsSpan(0, count).ToArray()));
        return _nextTicket++;
    }

    /// <inheritdoc/>
    public void EndRead(int ticket, Span<int> copy)
    {
        if (!_reads.TryGetValue(ticket, out (int Sequence, int[] Copy) read))
            throw new ArgumentException($"No ticket {ticket}.", nameof(ticket));
        if (read.Copy.Length != copy.Length)
            throw new ArgumentException($"{copy.Length} for {read.Copy.Length}.", nameof(copy));
        read.Copy.CopyTo(copy);
        _reads.Remove(ticket);
    }

    /// <inheritdoc/>
    public void ReadConfidences(int sequence, int start, Span<float> confidences)
    {
        for (int i = 0; i < confidences.Length; i++)
            confidences[i] = (float)Open(sequence).Confidences[start + i];
    }

    /// <inheritdoc/>
    public void ClearKeyValues(int sequence, TokenRange range)
    {
        foreach (ReferenceCache cache in Open(sequence).Caches)
        {
            cache.Keys.AsSpan(range.Start * Config.KvSize, range.Length * Config.KvSize).Clear();
            cache.Values.AsSpan(range.Start * Config.KvSize, range.Length * Config.KvSize).Clear();
        }
    }

    /// <inheritdoc/>
    public void Forward(ForwardStep step)
    {
        if (NextFault is { } fault)
        {
            NextFault = null;
            throw fault;
        }

        Dictionary<(int, int), ReferenceRow> rows = Rows(step);
        _network.Run([.. rows.Values]);
        var logits = new Dictionary<(int, int), double[]>();
        double[] LogitsOf((int, int) row) =>
            logits.TryGetValue(row, out double[]? known) ? known : logits[row] = _network.Logits(rows[row]);

        foreach (UnmaskGroup group in step.Unmask) Unmask(group, rows, LogitsOf);
        _logits.Clear();
        foreach ((int sequence, TokenRange range) in step.Logits)
        {
            for (int p = range.Start; p < range.End; p++) _logits.Add(LogitsOf((sequence, p)));
        }
    }

    /// <inheritdoc/>
    public void ReadLogits(int index, Span<float> logits)
    {
        for (int i = 0; i < logits.Length; i++) logits[i] = (float)_logits[index][i];
    }

    /// <inheritdoc/>
    public void Dispose() => _sequences.Clear();

    private void Unmask(
        UnmaskGroup group, Dictionary<(int, int), ReferenceRow> rows, Func<(int, int), double[]> logits)
    {
        State state = Open(group.Sequence);
        bool ranks = false;
        var candidates = new List<ReferenceCandidate>();
        for (int p = group.Positions.Start; p < group.Positions.End; p++)
        {
            bool masked = state.Tokens[p] == Config.MaskTokenId, computed = rows.ContainsKey((group.Sequence, p - 1));
            ranks |= computed;
            if (group.Rule != UnmaskRule.All && !(masked && computed)) continue;
            ReferenceCandidate candidate =
                ReferenceSampler.Candidate(logits((group.Sequence, p - 1)), p, group, Config.MaskTokenId);
            state.Confidences[p] = candidate.Confidence;
            if (candidate.Token == UnmaskGroup.BrokenToken) state.Tokens[p] = candidate.Token;
            else candidates.Add(candidate);
        }

        int none = 0;
        ref int carry = ref none;
        bool counts = StepRules.Counts(group.Rule);
        if (counts) carry = ref state.Carry[group.GroupIndex];
        List<ReferenceCandidate> revealed = [.. ReferenceSampler.Select(candidates, group, ref carry)];
        foreach (ReferenceCandidate chosen in revealed) state.Tokens[chosen.Position] = chosen.Token;
        if (ranks && counts) state.MasksLeft[group.GroupIndex] = candidates.Count - revealed.Count;
    }

    private Dictionary<(int Sequence, int Position), ReferenceRow> Rows(ForwardStep step)
    {
        if (step.RowCount > Limits.MaxRowsPerStep)
            throw new ArgumentException($"{step.RowCount} rows in a step, {Limits.MaxRowsPerStep} allowed.");
        var rows = new Dictionary<(int, int), ReferenceRow>();
        foreach (RowGroup group in step.Rows)
        {
            State state = Open(group.Sequence);
            int end = Math.Max(group.Positions.End, Math.Max(group.Visibility.PrefixEnd, group.Visibility.Block.End));
            if (end > state.Tokens.Length) throw new ArgumentException($"Position {end} of {state.Tokens.Length}.");
            Span<int> tokens = state.Tokens.AsSpan(group.Positions.Start, group.Positions.Length);
            bool writes = !group.WriteOnlyIfMasked || tokens.Contains(Config.MaskTokenId ?? -1);
            for (int p = group.Positions.Start; p < group.Positions.End; p++)
            {
                double[] hidden = _network.Embed(Math.Max(0, state.Tokens[p]));
                rows.Add((group.Sequence, p), new ReferenceRow(p, group.Visibility, state.Caches, hidden, writes));
            }
        }

        foreach (UnmaskGroup group in step.Unmask) RequirePredictor(group, rows);
        return rows;
    }

    private static void RequirePredictor(in UnmaskGroup group, Dictionary<(int, int), ReferenceRow> rows)
    {
        for (int p = group.Positions.Start; p < group.Positions.End; p++)
        {
            bool predicted = rows.ContainsKey((group.Sequence, p - 1));
            if (!predicted && !group.SkipUncomputed)
                throw new ArgumentException($"Position {p} is to be decided, but row {p - 1} is not in the step.");
        }
    }

    private State Open(int sequence) => _sequences.TryGetValue(sequence, out State? state)
        ? state
        : throw new ArgumentException($"No sequence {sequence}.", nameof(sequence));

    private sealed class State(ModelConfig config, int capacity, int groups)
    {
        public int[] Tokens { get; } = new int[capacity];

        public double[] Confidences { get; } = new double[capacity];

        public int[] Carry { get; } = new int[groups];

        public int[] MasksLeft { get; } = new int[groups];

        public ReferenceCache[] Caches { get; } = [.. Enumerable.Range(0, config.LayerCount).Select(_ =>
            new ReferenceCache(new double[capacity * config.KvSize], new double[capacity * config.KvSize]))];
    }
}
