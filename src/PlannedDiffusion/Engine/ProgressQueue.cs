using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using PlannedDiffusion.Decoding;

namespace PlannedDiffusion.Engine;

/// <summary>
/// What happens to one request, as ids, from the engine's thread to one reader. It never waits for the reader, and a
/// reader that keeps up gets every step.
/// <para>
/// What is unread of a plan, of a text or of a span is one entry, which grows. So entries that nobody reads have each
/// token of the answer once, and their number is bounded by that of its plans and spans. Nothing is lost: a reader who
/// comes late learns the same tokens in fewer events. An entry keeps its place while it grows, and goes to the end when
/// its span is complete.
/// </para>
/// </summary>
/// <param name="mask">The token of a position that is not revealed.</param>
/// <param name="keptSteps">The number of unread entries of spans up to which each step has an entry of its own.</param>
internal sealed class ProgressQueue(int mask, int keptSteps = 0) : IProgressListener
{
    private readonly SpanReveals _reveals = new(mask);
    private readonly Lock _lock = new();
    private readonly LinkedList<ProgressEntry> _unread = [];
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private LinkedListNode<ProgressEntry>?[] _latest = []; // [span] of the round: its last unread entry
    private int _steps; // unread entries of spans
    private bool _ended;

    /// <summary>True if a reader of a request with stop strings takes its text as <see cref="TextFound"/>.</summary>
    public bool TellsSettledText { get; init; }

    /// <summary>The number of unread entries.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _unread.Count;
        }
    }

    /// <summary>Tells that the request has left the queue.</summary>
    public void Started(TimeSpan queued) => Add(new RequestStarted(queued));

    public void Written(DecodingRound? round, ReadOnlySpan<int> ids, int drafted)
    {
        if (ids.IsEmpty) return;
        lock (_lock)
        {
            if (_ended) return;
            if (_unread.Last?.Value is not TokensWritten written || written.Round != round?.Index)
                _unread.AddLast(written = new TokensWritten(round?.Index, round is { IsGiven: true }));
            foreach (int id in ids) written.Tokens.Add((id, drafted-- > 0));
        }

        Notify();
    }

    public void LaidOut(DecodingRound? round, ReadOnlySpan<int> lengths, ImmutableArray<Promise> promises)
    {
        _reveals.LayOut(lengths);
        var laidOut = new SpansLaidOut(round?.Index, [.. lengths])
        {
            Promises = promises,
            PlannedSteps = round?.PlannedSteps ?? 0,
        };
        lock (_lock)
        {
            if (_ended) return;
            _latest = new LinkedListNode<ProgressEntry>[lengths.Length];
            _unread.AddLast(laidOut);
        }

        Notify();
    }

    public void Revealed(DecodingRound? round, int span, int step, ReadOnlySpan<int> ids, int revealed)
    {
        List<(int At, int Id)> tokens = _reveals.Take(span, ids);
        lock (_lock)
        {
            if (_ended) return;
            TokensRevealed entry = EntryOf(round, span, ids.Length, isLast: revealed == ids.Length);
            entry.Step = step;
            entry.Revealed = revealed;
            entry.Tokens.AddRange(tokens);
        }

        Notify();
    }

    /// <summary>Tells text that the engine's thread has made.</summary>
    public void Found(string text)
    {
        lock (_lock)
        {
            if (_ended) return;
            if (_unread.Last?.Value is not TextFound found) _unread.AddLast(found = new TextFound());
            found.Text.Append(text);
        }

        Notify();
    }

    public void Completed(FinishedAnswer answer) => Add(new AnswerCompleted(answer));

    /// <summary>
    /// Ends what is told; only the first call counts. An error reaches the reader after all entries. What comes later
    /// is dropped.
    /// </summary>
    public void End(Exception? error = null)
    {
        lock (_lock) _ended = true;
        _changed.Writer.TryComplete(error);
    }

    /// <summary>The entries, as they come.</summary>
    public async IAsyncEnumerable<ProgressEntry> ReadAllAsync()
    {
        bool more;
        do
        {
            more = await _changed.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false);
            _changed.Reader.TryRead(out _);
            while (TryTake(out ProgressEntry? entry)) yield return entry;
        }
        while (more);
    }

    private void Add(ProgressEntry entry)
    {
        lock (_lock)
        {
            if (_ended) return;
            _unread.AddLast(entry);
        }

        Notify();
    }

    private void Notify() => _changed.Writer.TryWrite(true);

    /// <summary>The entry that takes the new tokens of a span.</summary>
    private TokensRevealed EntryOf(DecodingRound? round, int span, int length, bool isLast)
    {
        if (_latest[span] is not { } node || _steps <= keptSteps)
        {
            node = _latest[span] = new LinkedListNode<ProgressEntry>(new TokensRevealed(round?.Index, span, length));
            _unread.AddLast(node);
            _steps++;
        }
        else if (isLast)
        {
            _unread.Remove(node); // spans are complete in the order in which they are completed
            _unread.AddLast(node);
        }

        return (TokensRevealed)node.Value;
    }

    private bool TryTake([NotNullWhen(true)] out ProgressEntry? entry)
    {
        lock (_lock)
        {
            entry = null;
            if (_unread.First is not { } first) return false;
            entry = first.Value;
            _unread.Remove(first);
            if (entry is not TokensRevealed revealed) return true;
            _steps--;
            if (revealed.Span < _latest.Length && _latest[revealed.Span] == first) _latest[revealed.Span] = null;
            return true;
        }
    }
}
