using System.Collections.Immutable;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Engine;

/// <summary>
/// Observes a sequence from pass to pass and reports changes to a listener. Only requests with a listener have one,
/// because it reads tokens back after each denoise step. On a runner that runs ahead, it starts to read after one pass
/// and reports after the next, so that the runner never waits for it. The reports are the same, a pass later.
/// </summary>
internal sealed class ProgressReporter(
    IProgressListener listener, Sequence sequence, DecodingOptions decoding, int mask)
{
    private int _told = sequence.PromptLength; // tokens before this are reported, in text that grows at its end
    private int _drafted; // the number of drafts among the next tokens to report
    private int _round;
    private int _step; // passes of the round, or of the answer
    private int[] _steps = []; // [spans]: of each span, at that pass
    private int[] _revealed = []; // [spans], of the round
    private int[] _tokens = []; // of the round, or of the answer, as last read
    private PendingRead? _unread; // after step _step
    private int _passes;
    private bool _last;

    /// <summary>Reports the known changes of the last pass.</summary>
    /// <param name="passes">The number of passes that have been handed to the runner.</param>
    /// <param name="last">True if there will be no more passes.</param>
    public void Observe(int passes, bool last)
    {
        _passes = passes;
        _last = last;
        _drafted = passes > 0 ? sequence.Record.Passes[passes - 1].Kept : 0; // with drafts nothing is reported late
        if (decoding is AutoregressiveOptions) Tell(null, sequence.Tokens, 0);
        else if (decoding.FillsFixedLength) Watch(null, passes);
        else
        {
            while (_round < sequence.Rounds.Count && ObserveRound(sequence.Rounds[_round])) NextRound();
        }
    }

    /// <summary>Reports what the last pass has changed, although there is no next pass to wait for.</summary>
    public void CatchUp() => TellStep(_round < sequence.Rounds.Count ? sequence.Rounds[_round] : null);

    /// <summary>Reports the answer.</summary>
    public void Complete(FinishedAnswer answer) => listener.Completed(answer);

    /// <summary>True if the round is reported completely.</summary>
    private bool ObserveRound(DecodingRound round)
    {
        int start = round.PlanTokens.Start;
        int end = round.Scaffold is null ? Math.Max(start, sequence.Length) : round.PlanTokens.End;
        _told = Math.Max(_told, start);
        Tell(round, round.Written ?? sequence.TokensIn(new TokenRange(start, end)), start);
        if (round.Scaffold is null) return false;
        Watch(round, round.Passes);
        return round.MasksLeft == 0 && _unread is null;
    }

    /// <summary>
    /// Reports the step that is being read, and starts to read the next one if it has been requested.
    /// </summary>
    private void Watch(DecodingRound? round, int step)
    {
        TokenRange all = round?.Scaffold!.Region ?? new TokenRange(sequence.PromptLength, sequence.Length);
        if (_revealed.Length == 0) LayOut(round, all.Length);
        TellStep(round);
        if (step <= _step) return;
        _step = step;
        for (int span = 0; span < _steps.Length; span++) _steps[span] = round?.StepsOf(span) ?? step;
        if (_tokens.Length != all.Length) _tokens = new int[all.Length];
        _unread = sequence.BeginRead(all, _passes);
        if (_last || !sequence.RunsAhead) TellStep(round);
    }

    private void LayOut(DecodingRound? round, int length)
    {
        int[] lengths = round?.Scaffold is { } scaffold
            ? [.. Enumerable.Range(0, scaffold.Count).Select(span => scaffold.Content(span).Length)]
            : [length];
        _revealed = new int[lengths.Length];
        _steps = new int[lengths.Length];
        listener.LaidOut(round, lengths, round is null ? [] : [.. round.Plan!.Spans.Select(Promised)]);
    }

    private Promise Promised(PlannedSpan span) =>
        new(ImmutableArray.Create(sequence.TokensIn(span.Topic)), span.Length);

    private void TellStep(DecodingRound? round)
    {
        if (_unread is not { } read) return;
        _unread = null;
        sequence.EndRead(read, _tokens);
        for (int span = 0; span < _revealed.Length; span++)
        {
            TokenRange content = round?.Scaffold!.Content(span) ?? read.Range;
            TellSpan(round, span, _tokens.AsSpan(content.Start - read.Range.Start, content.Length));
        }
    }

    private void TellSpan(DecodingRound? round, int span, ReadOnlySpan<int> ids)
    {
        int revealed = ids.Length - ids.Count(mask);
        if (revealed == _revealed[span]) return;
        _revealed[span] = revealed;
        listener.Revealed(round, span, _steps[span], ids, revealed);
    }

    /// <summary>Reports new tokens that were decided one after the other.</summary>
    private void Tell(DecodingRound? round, ReadOnlySpan<int> tokens, int start)
    {
        if (_told - start >= tokens.Length) return;
        ReadOnlySpan<int> rest = tokens[(_told - start)..];
        listener.Written(round, rest, Math.Max(0, _drafted));
        _told += rest.Length;
        _drafted -= rest.Length;
    }

    private void NextRound()
    {
        _round++;
        _told = 0; // an ablation may have made the plan shorter than its report
        _step = 0;
        _revealed = [];
    }
}
