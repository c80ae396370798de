using System.Threading.Channels;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Models;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Engine;

/// <summary>
/// Watches a sequence from pass to pass and tells what is new. Only requests that somebody listens to have one: it
/// reads tokens back after each denoise step.
/// </summary>
internal sealed class ProgressReporter
{
    private readonly ChannelWriter<GenerationEvent> _events;
    private readonly Sequence _sequence;
    private readonly DecoderKind _kind;
    private readonly SpanText _text;
    private readonly int _mask;
    private readonly StreamingDetokenizer _stream;
    private int _told; // tokens before this are told, in text that grows at its end
    private int _round;
    private int _step;
    private int[] _revealed = [];

    public ProgressReporter(
        ChannelWriter<GenerationEvent> events, Sequence sequence, DecoderKind kind, SpanText text, int mask)
    {
        _events = events;
        _sequence = sequence;
        _kind = kind;
        _text = text;
        _mask = mask;
        _stream = new StreamingDetokenizer(text.Tokenizer, skipSpecial: kind == DecoderKind.Autoregressive);
        _told = sequence.PromptLength;
    }

    private bool FillsFixedLength => _kind is DecoderKind.Diffusion or DecoderKind.FastDllm;

    /// <summary>Tells what the last pass has changed.</summary>
    /// <param name="passes">Passes that have been computed.</param>
    public void Observe(int passes)
    {
        if (_kind == DecoderKind.Autoregressive) Tell(_sequence.Length, text => new TextDelta(text));
        else if (FillsFixedLength) ObserveDiffusion(passes);
        else
        {
            while (_round < _sequence.Rounds.Count && ObserveRound(_sequence.Rounds[_round])) NextRound();
        }
    }

    /// <summary>Tells what was held back, and the result.</summary>
    public void Complete(GenerationResult result)
    {
        if (_kind == DecoderKind.Autoregressive && _stream.Flush() is { Length: > 0 } rest)
            _events.TryWrite(new TextDelta(rest));
        _events.TryWrite(new Completed(result));
    }

    /// <summary>True if the round is told completely.</summary>
    private bool ObserveRound(DecodingRound round)
    {
        int planEnd = round.Scaffold is null ? _sequence.Length : round.PlanTokens.End;
        _told = Math.Max(_told, round.PlanTokens.Start);
        Tell(planEnd, text => new PlanDelta(round.Index, text));
        if (round.Scaffold is null) return false;
        if (_revealed.Length == 0)
        {
            _revealed = new int[round.Scaffold.Count];
            _events.TryWrite(new PlanReady(round.Index, _text.Items(_sequence, round), round.PlannedSteps));
        }

        if (round.Steps > _step)
        {
            _step = round.Steps;
            _sequence.ReadBack(round.Scaffold.Region);
            for (int span = 0; span < round.Scaffold.Count; span++)
                TellSpan(round.Index, span, round.Scaffold.Content(span));
        }

        return round.MasksLeft == 0;
    }

    private void ObserveDiffusion(int passes)
    {
        if (passes == _step) return;
        _step = passes;
        if (_revealed.Length == 0) _revealed = new int[1];
        var answer = new TokenRange(_sequence.PromptLength, _sequence.Length);
        _sequence.ReadBack(answer);
        TellSpan(0, 0, answer);
    }

    private void TellSpan(int round, int span, TokenRange content)
    {
        int revealed = content.Length - _sequence.CountMasks(content);
        if (revealed == _revealed[span]) return;
        _revealed[span] = revealed;
        ReadOnlySpan<int> ids = _sequence.TokensIn(content);
        if (revealed < content.Length)
        {
            string text = _text.WithGaps(ids, _mask);
            _events.TryWrite(new SpanProgress(round, span, _step, revealed, content.Length, text));
        }
        else
        {
            string text = FillsFixedLength ? _text.Plain(ids).Trim() : _text.Clean(ids);
            _events.TryWrite(new SpanCompleted(round, span, _step, text));
        }
    }

    private void Tell(int end, Func<string, GenerationEvent> delta)
    {
        if (end <= _told) return;
        string text = _stream.Append(_sequence.TokensIn(new TokenRange(_told, end)));
        _told = end;
        if (text.Length > 0) _events.TryWrite(delta(text));
    }

    private void NextRound()
    {
        _round++;
        _step = 0;
        _revealed = [];
    }
}
