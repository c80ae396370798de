using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace PlannedDiffusion.Engine;

/// <summary>
/// The events of one request, from the engine's thread to one reader. A reader that keeps up gets all of them. If much
/// is unread, a span's progress replaces the last unread progress of that span. So the memory for a reader that does
/// not read is bounded by a constant and the text of the answer, for any number of steps. Nothing else is dropped.
/// </summary>
internal sealed class EventQueue
{
    /// <summary>Characters of unread progress up to which no event is replaced.</summary>
    private const int KeptWhole = 1 << 15;

    private readonly Lock _lock = new();
    private readonly LinkedList<GenerationEvent> _unread = [];
    private readonly Dictionary<(int Round, int Span), LinkedListNode<GenerationEvent>> _latest = [];
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private int _characters; // of unread progress

    /// <summary>Adds an event; never waits.</summary>
    public void Write(GenerationEvent happened)
    {
        lock (_lock)
        {
            if (happened is SpanProgress progress) Note(progress);
            else _unread.AddLast(happened);
        }

        _changed.Writer.TryWrite(true);
    }

    /// <summary>Ends the events. An error reaches the reader after all of them.</summary>
    public void Complete(Exception? error = null) => _changed.Writer.TryComplete(error);

    /// <summary>The events, as they come.</summary>
    public async IAsyncEnumerable<GenerationEvent> ReadAllAsync()
    {
        bool more;
        do
        {
            more = await _changed.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false);
            _changed.Reader.TryRead(out _);
            while (TryTake(out GenerationEvent? happened)) yield return happened;
        }
        while (more);
    }

    private void Note(SpanProgress progress)
    {
        (int, int) span = (progress.Round, progress.Span);
        if (_characters > KeptWhole && _latest.TryGetValue(span, out LinkedListNode<GenerationEvent>? last))
        {
            _unread.Remove(last);
            var replaced = (SpanProgress)last.Value;
            _characters -= replaced.Text.Length;
            progress = progress with
            {
                At = [.. replaced.At, .. progress.At],
                Tokens = [.. replaced.Tokens, .. progress.Tokens],
            };
        }

        _latest[span] = _unread.AddLast(progress);
        _characters += progress.Text.Length;
    }

    private bool TryTake([NotNullWhen(true)] out GenerationEvent? happened)
    {
        lock (_lock)
        {
            happened = null;
            if (_unread.First is not { } first) return false;
            happened = first.Value;
            _unread.Remove(first);
            if (happened is not SpanProgress progress) return true;
            _characters -= progress.Text.Length;
            (int, int) span = (progress.Round, progress.Span);
            if (_latest.GetValueOrDefault(span) == first) _latest.Remove(span);
            return true;
        }
    }
}
