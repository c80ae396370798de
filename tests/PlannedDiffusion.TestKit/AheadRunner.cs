using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.TestKit;

/// <summary>
/// Makes a runner behave like a device: calls are checked and queued, and return. A step is computed when a caller
/// waits for it, or when too many are queued. The waits are counted.
/// </summary>
/// <param name="inner">Computes the steps; owned.</param>
/// <param name="depth">The most queued steps.</param>
public sealed class AheadRunner(IModelRunner inner, int depth = 2) : IModelRunner
{
    private readonly Queue<(Action Run, bool IsStep)> _queue = new();
    private readonly Dictionary<int, int> _capacities = [];
    private readonly Dictionary<int, Read> _reads = [];
    private int _tickets;

    /// <inheritdoc/>
    public ModelConfig Config => inner.Config;

    /// <inheritdoc/>
    public RunnerLimits Limits => inner.Limits;

    /// <inheritdoc/>
    public string Device => inner.Device;

    /// <inheritdoc/>
    public bool RunsAhead => true;

    /// <inheritdoc/>
    public bool IsSticky(Exception error) => inner.IsSticky(error);

    /// <inheritdoc/>
    public int ExactRows => inner.ExactRows;

    /// <summary>Number of requested steps.</summary>
    public int Steps { get; private set; }

    /// <summary>Number of reads that had to wait for a step.</summary>
    public int Waits { get; private set; }

    /// <summary>Number of these reads after which no step was queued: the device had nothing to do.</summary>
    public int Stalls { get; private set; }

    private int QueuedSteps => _queue.Count(item => item.IsStep);

    /// <inheritdoc/>
    public int OpenSequence(int capacity)
    {
        int sequence = inner.OpenSequence(capacity);
        _capacities.Add(sequence, capacity);
        return sequence;
    }

    /// <inheritdoc/>
    public void CloseSequence(int sequence)
    {
        Capacity(sequence);
        while (_queue.Count > 0) RunNext();
        inner.CloseSequence(sequence);
        _capacities.Remove(sequence);
        foreach ((int ticket, Read read) in _reads)
        {
            if (read.Sequence == sequence) _reads.Remove(ticket);
        }
    }

    /// <inheritdoc/>
    public void WriteTokens(int sequence, int start, ReadOnlySpan<int> tokens)
    {
        Check(sequence, start, tokens.Length);
        int[] copy = tokens.ToArray();
        if (copy.Any(token => (uint)token >= (uint)Config.VocabularySize))
            throw new ArgumentException("A token is not in the vocabulary.");
        _queue.Enqueue((() => inner.WriteTokens(sequence, start, copy), false));
    }

    /// <inheritdoc/>
    public void ReadTokens(int sequence, int start, Span<int> tokens)
    {
        Check(sequence, start, tokens.Length);
        WaitFor(() => _queue.Count == 0);
        inner.ReadTokens(sequence, start, tokens);
    }

    /// <inheritdoc/>
    public int BeginReadTokens(int sequence, int start, int count)
    {
        Check(sequence, start, count);
        var read = new Read(sequence, count);
        _queue.Enqueue((() => read.Ticket = inner.BeginReadTokens(sequence, start, count), false));
        _reads.Add(++_tickets, read);
        return _tickets;
    }

    /// <inheritdoc/>
    public int BeginReadMasksLeft(int sequence, int count)
    {
        Capacity(sequence);
        StepRules.CheckGroups(count, Limits);
        var read = new Read(sequence, count);
        _queue.Enqueue((() => read.Ticket = inner.BeginReadMasksLeft(sequence, count), false));
        _reads.Add(++_tickets, read);
        return _tickets;
    }

    /// <inheritdoc/>
    public void EndRead(int ticket, Span<int> copy)
    {
        if (!_reads.TryGetValue(ticket, out Read? read)) throw new ArgumentException($"No ticket {ticket}.");
        if (copy.Length != read.Count) throw new ArgumentException($"{copy.Length} for {read.Count}.");
        WaitFor(() => read.Ticket is not null);
        inner.EndRead(read.Ticket!.Value, copy);
        _reads.Remove(ticket);
    }

    /// <inheritdoc/>
    public void ReadConfidences(int sequence, int start, Span<float> confidences)
    {
        WaitFor(() => _queue.Count == 0);
        inner.ReadConfidences(sequence, start, confidences);
    }

    /// <inheritdoc/>
    public void ClearKeyValues(int sequence, TokenRange range)
    {
        Check(sequence, range.Start, range.Length);
        _queue.Enqueue((() => inner.ClearKeyValues(sequence, range), false));
    }

    /// <inheritdoc/>
    public void Forward(ForwardStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        Check(step);
        var copy = new ForwardStep(); // the caller uses its own again
        copy.Add(step);
        Steps++;
        _queue.Enqueue((() => inner.Forward(copy), true));
        while (QueuedSteps > depth) RunNext();
    }

    /// <inheritdoc/>
    public void ReadLogits(int index, Span<float> logits)
    {
        WaitFor(() => _queue.Count == 0);
        inner.ReadLogits(index, logits);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _queue.Clear();
        inner.Dispose();
    }

    private void WaitFor(Func<bool> happened)
    {
        int before = QueuedSteps;
        while (!happened()) RunNext();
        int after = QueuedSteps;
        if (after == before) return;
        Waits++;
        if (after == 0) Stalls++;
    }

    private void RunNext() => _queue.Dequeue().Run();

    private int Capacity(int sequence) => _capacities.TryGetValue(sequence, out int capacity)
        ? capacity
        : throw new ArgumentException($"No sequence {sequence}.");

    private void Check(int sequence, int start, int count)
    {
        int capacity = Capacity(sequence);
        if (start < 0 || count < 0 || count > capacity - start)
            throw new ArgumentException($"[{start}, {start + count}) of {capacity}.");
    }

    /// <summary>Refuses a step when it is requested, not when it is computed.</summary>
    private void Check(ForwardStep step)
    {
        if (step.RowCount > Limits.MaxRowsPerStep) throw new ArgumentException($"{step.RowCount} rows.");
        var rows = new HashSet<(int, int)>();
        foreach (RowGroup group in step.Rows)
        {
            StepRules.Check(group, Capacity(group.Sequence));
            for (int p = group.Positions.Start; p < group.Positions.End; p++)
                Require(rows.Add((group.Sequence, p)), $"Position {p} is computed twice.");
        }

        foreach ((int sequence, TokenRange range) in step.Logits)
        {
            for (int p = range.Start; p < range.End; p++)
                Require(rows.Contains((sequence, p)), $"Row {p} is not in the step.");
        }

        foreach (UnmaskGroup group in step.Unmask)
        {
            StepRules.Check(group, Capacity(group.Sequence), Config, Limits);
            bool skips = group.SkipUncomputed && group.Rule != UnmaskRule.All;
            for (int p = group.Positions.Start; p < group.Positions.End && !skips; p++)
                Require(rows.Contains((group.Sequence, Math.Max(0, p - 1))), $"Row {p - 1} is not in the step.");
        }
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds) throw new ArgumentException(otherwise);
    }

    private sealed class Read(int sequence, int count)
    {
        public int Sequence => sequence;

        public int Count => count;

        public int? Ticket { get; set; }
    }
}
