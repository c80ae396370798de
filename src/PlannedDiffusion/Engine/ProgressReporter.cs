using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Engine;

/// <summary>
/// Watches a sequence from pass to pass and tells what is new. Only requests that somebody listens to have one: it
/// reads tokens back after each denoise step. Where the runner runs ahead, it starts to read after one pass and tells
/// after the next, so that the runner never waits for it: the same events, a pass later.
/// </summary>
internal sealed class ProgressReporter
{
    private readonly EventQueue _events;
    private readonly Sequence _sequence;
    private readonly DecodingOptions _decoding;
    private readonly SpanText _text;
    private readonly int _mask;
    private readonly StreamingDetokenizer _stream;
    private int _told; // tokens before this are told, in text that grows at its end
    private int _drafted; // of the tokens to tell next, how many were guessed
    private int _round;
    private int _step;
    private int[] _revealed = [];
    private int[] _tokens = []; // of the round, or of the answer, as last read
    private PendingRead? _unread; // after step _step
    private int _passes;
    private bool _last;

    public ProgressReporter(
        EventQueue events, Sequence sequence, DecodingOptions decoding, SpanText text, int mask)
    {
        _events = events;
        _sequence = sequence;
        _decoding = decoding;
        _text = text;
        _mask = mask;
        _stream = new StreamingDetokenizer(text.Tokenizer, skipSpecial: decoding is AutoregressiveOptions);
        _told = sequence.PromptLength;
    }

    /// <summary>Tells what the last pass has changed, as far as it is known.</summary>
    /// <param name="passes">Passes that have been handed to the runner.</param>
    /// <param name="last">True if there will be no more.</param>
    public void Observe(int passes, bool last)
    {
        _passes = passes;
        _last = last;
        _drafted = passes > 0 ? _sequence.Record.Passes[passes - 1].Kept : 0; // with drafts nothing is told late
        if (_decoding is AutoregressiveOptions)
            Tell(_sequence.Tokens, 0, 1, (text, drafted) => new TextDelta(text) { Drafted = drafted });
        else if (_decoding.FillsFixedLength) Watch(null, passes);
        else
        {
            while (_round < _sequence.Rounds.Count && ObserveRound(_sequence.Rounds[_round])) NextRound();
        }
    }

    /// <summary>Tells what was held back, and the result.</summary>
    public void Complete(GenerationResult result)
    {
        if (_decoding is AutoregressiveOptions && _stream.Flush() is { Length: > 0 } rest)
            _events.Write(new TextDelta(rest));
        _events.Write(new Completed(result));
    }

    /// <summary>True if the round is told completely.</summary>
    private bool ObserveRound(DecodingRound round)
    {
        int start = round.PlanTokens.Start;
        int end = round.Scaffold is null ? Math.Max(start, _sequence.Length) : round.PlanTokens.End;
        _told = Math.Max(_told, start);
        ReadOnlySpan<int> plan = round.Written ?? _sequence.TokensIn(new TokenRange(start, end));
        Tell(plan, start, round.IsGiven ? end : 1, (text, drafted) =>
            new PlanDelta(round.Index, text) { Drafted = drafted });
        if (round.Scaffold is null) return false;
        if (_revealed.Length == 0)
        {
            _revealed = new int[round.Scaffold.Count];
            _events.Write(new PlanReady(round.Index, _text.Items(_sequence, round), round.PlannedSteps));
        }

        Watch(round, round.Steps);
        return round.MasksLeft == 0 && _unread is null;
    }

    /// <summary>Tells the step that is being read, and reads the next if it has been asked for.</summary>
    private void Watch(DecodingRound? round, int step)
    {
        TellStep(round);
        if (step <= _step) return;
        _step = step;
        TokenRange all = round?.Scaffold!.Region ?? new TokenRange(_sequence.PromptLength, _sequence.Length);
        if (_tokens.Length != all.Length) _tokens = new int[all.Length];
        _unread = _sequence.BeginRead(all, _passes);
        if (_last || !_sequence.RunsAhead) TellStep(round);
    }

    private void TellStep(DecodingRound? round)
    {
        if (_unread is not { } read) return;
        _unread = null;
        _sequence.EndRead(read, _tokens);
        if (_revealed.Length == 0) _revealed = new int[1];
        for (int span = 0; span < _revealed.Length; span++)
        {
            TokenRange content = round?.Scaffold!.Content(span) ?? read.Range;
            TellSpan(round?.Index ?? 0, span, _tokens.AsSpan(content.Start - read.Range.Start, content.Length));
        }
    }

    private void TellSpan(int round, int span, ReadOnlySpan<int> ids)
    {
        int revealed = ids.Length - ids.Count(_mask);
        if (revealed == _revealed[span]) return;
        _revealed[span] = revealed;
        if (revealed < ids.Length)
        {
            string text = _text.WithGaps(ids, _mask);
            _events.Write(new SpanProgress(round, span, _step, revealed, ids.Length, text));
        }
        else
        {
            string text = _decoding.FillsFixedLength ? _text.Plain(ids).Trim() : _text.Clean(ids);
            _events.Write(new SpanCompleted(round, span, _step, text));
        }
    }

    /// <summary>Tells what is new of a text, in pieces: tokens that were decided one by one.</summary>
    private void Tell(ReadOnlySpan<int> tokens, int start, int piece, Func<string, bool, GenerationEvent> delta)
    {
        while (_told - start < tokens.Length)
        {
            ReadOnlySpan<int> rest = tokens[(_told - start)..];
            rest = rest[..Math.Min(rest.Length, piece)];
            string text = _stream.Append(rest);
            _told += rest.Length;
            bool drafted = _drafted-- > 0;
            if (text.Length > 0) _events.Write(delta(text, drafted));
        }
    }

    private void NextRound()
    {
        _round++;
        _told = 0; // the plan may have become shorter than what was told of it
        _step = 0;
        _revealed = [];
    }
}
