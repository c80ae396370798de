using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Decoding;

/// <summary>
/// The denoise steps of one round. Each computes the spans that still have masks, and reveals some. If the counts are
/// not known in advance, they are read: the masks left of each span, or the tokens if all spans compete as one group.
/// <para>
/// If counts are not known and the runner runs ahead, the host requests a step before it knows which spans the last one
/// finished. It requests the spans that had masks before, to be written only if they still have some. The runner leaves
/// finished spans and their keys and values unchanged, and a step without masks changes nothing. So the result is the
/// same as if the host had known. One step may be surplus, and is removed from the record. The host still waits if the
/// policy says that this is cheaper, or if the next pass depends on which spans are finished: refreshed spans ride in
/// the next pass, and a round that is too large for a pass is packed into as few as possible.
/// </para>
/// </summary>
internal sealed class SpanDenoiser
{
    private readonly Sequence _sequence;
    private readonly PassBuilder _pass;
    private readonly DecodingRound _round;
    private readonly Scaffold _scaffold;
    private readonly UnmaskPolicy _policy;
    private readonly UnmaskSchedule _schedule;
    private readonly SamplingParams _sampling;
    private readonly bool _refresh, _ahead;
    private readonly int[] _reveals; // [spans], if the policy makes the counts known
    private readonly int[] _left; // [spans]: masks, as last read
    private PendingRead? _unread; // masks left after the last step

    internal SpanDenoiser(
        Sequence sequence,
        PassBuilder pass,
        DecodingRound round,
        UnmaskPolicy policy,
        SamplingParams sampling,
        bool refresh)
    {
        _sequence = sequence;
        _pass = pass;
        _round = round;
        _scaffold = round.Scaffold!;
        _policy = policy;
        _schedule = policy.Schedule(round.PlannedSteps);
        _sampling = sampling;
        _refresh = refresh;
        _ahead = sequence.RunsAhead && !policy.CountsAreKnown && !policy.WaitsForCounts
            && !refresh && _scaffold.Region.Length <= pass.MaxRows;
        _reveals = new int[_scaffold.Count];
        _left = new int[_scaffold.Count];
    }

    internal IEnumerable<ReadyPass> Run()
    {
        int planEnd = _scaffold.Region.Start;
        foreach (ReadyPass ready in PendingPasses.Prefill(_sequence, _pass, planEnd, _scaffold.Region.Length))
            yield return ready;
        _pass.Begin();
        if (_round.MasksLeft > 0) _pass.AddPendingRows(planEnd);
        else _pass.LetPendingRowsRide(planEnd); // there is no denoise step
        CommitEmptySpans();
        while (_round.MasksLeft > 0)
        {
            for (int span = 0; span < _scaffold.Count; span++)
            {
                if (_round.MasksLeftIn(span) == 0) continue;
                if (!_pass.HasRoom(_scaffold.Span(span).Length))
                {
                    yield return _pass.Ready(DecodingStage.Denoise); // a step too large for a pass takes several
                    _pass.Begin();
                }

                AddSpan(span);
            }

            if (_policy.Scope == UnmaskScope.Round) AddGroup(0, _scaffold.Region, MasksInRound());
            yield return _pass.Ready(DecodingStage.Denoise);
            NoteStep();
            _pass.Begin();
        }
    }

    /// <summary>
    /// Handles empty spans, which have nothing to denoise. The published behaviour leaves zeros as keys and values of
    /// their two tags, and later rows attend to these. Without a cache they are computed like all other rows.
    /// </summary>
    private void CommitEmptySpans()
    {
        for (int span = 0; span < _scaffold.Count; span++)
        {
            if (_sequence.Recompute) _pass.AddRows(_scaffold.Span(span), _scaffold.Visibility(span));
            else if (_round.MasksLeftIn(span) > 0) continue;
            else if (_refresh) _pass.LetRide(_scaffold.Span(span), _scaffold.Visibility(span));
            else _sequence.ClearKeyValues(_scaffold.Span(span));
        }

        _sequence.KeyValues.SkipTo(_scaffold.Region.End);
    }

    private void AddSpan(int span)
    {
        _pass.AddRows(_scaffold.Span(span), _scaffold.Visibility(span), onlyIfMasked: _unread is not null);
        if (_policy.Scope == UnmaskScope.Span)
            AddGroup(span, _scaffold.Content(span), _round.MasksLeftIn(span));
    }

    private void AddGroup(int index, TokenRange positions, int masks)
    {
        var group = new UnmaskGroup
        {
            Sequence = _sequence.Handle,
            Positions = positions,
            Sampling = _sampling,
            Rule = UnmaskRule.Scheduled,
            RandomStep = 1 + _round.Steps,
            GroupIndex = index,
            SkipUncomputed = _policy.Scope == UnmaskScope.Round,
        };
        group = _policy.Decide(group, _schedule, _round.Steps, masks);
        _reveals[index] = group.Count;
        _pass.Decide(group);
    }

    /// <summary>Masks before the next step. Those revealed by the last step are known only with a schedule.</summary>
    private int MasksInRound() => _round.MasksLeft - (_unread is null ? 0 : _reveals[0]);

    /// <summary>Counts the masks left, by arithmetic if possible, so that the next step need not wait.</summary>
    private void NoteStep()
    {
        _round.Steps++;
        if (_policy.CountsAreKnown)
        {
            for (int span = 0; span < _scaffold.Count; span++)
                SetMasks(span, _round.MasksLeftIn(span) - _reveals[span], _round.Steps);
        }
        else if (!_ahead)
        {
            EndCount(BeginCount(), _round.Steps);
        }
        else
        {
            NoteStepAhead();
        }
    }

    /// <summary>
    /// Takes the masks left by the previous step, for which this one did not wait, and starts to read those of this
    /// one.
    /// </summary>
    private void NoteStepAhead()
    {
        if (_unread is { } read)
        {
            int finished = EndCount(read, _round.Steps - 1);
            if (_round.MasksLeft == 0)
            {
                _round.Steps--;
                _unread = null;
                _pass.TakeBack();
                return;
            }

            _sequence.Record.TakeBackRows(finished);
        }

        _unread = BeginCount();
        if (!MayHaveFinished()) return;
        EndCount(_unread.Value, _round.Steps);
        _unread = null;
    }

    /// <summary>
    /// True if the requested step may well be the last one, because it reveals at least one token of each group with
    /// masks. It is a guess: it only decides between waiting and a surplus step.
    /// </summary>
    private bool MayHaveFinished()
    {
        if (_policy.Scope == UnmaskScope.Round) return _round.MasksLeft <= Math.Max(1, _reveals[0]);
        for (int span = 0; span < _scaffold.Count; span++)
        {
            if (_round.MasksLeftIn(span) > 1) return false;
        }

        return true;
    }

    /// <summary>Starts to read the counts of masks left, or the tokens.</summary>
    private PendingRead BeginCount() => _policy.Scope == UnmaskScope.Span
        ? _sequence.BeginReadMasksLeft(_left.Length)
        : _sequence.BeginRead(_scaffold.Region, _sequence.Record.Count);

    /// <summary>Takes the masks left after so many steps; returns the rows of the spans that they complete.</summary>
    private int EndCount(in PendingRead read, int steps)
    {
        if (_policy.Scope == UnmaskScope.Span)
        {
            _sequence.EndReadMasksLeft(read, _left);
        }
        else
        {
            _sequence.EndRead(read);
            for (int span = 0; span < _left.Length; span++)
                _left[span] = _sequence.CountMasks(_scaffold.Content(span));
        }

        int rows = 0;
        for (int span = 0; span < _scaffold.Count; span++)
        {
            if (SetMasks(span, _left[span], steps)) rows += _scaffold.Span(span).Length;
        }

        return rows;
    }

    private bool SetMasks(int span, int left, int steps)
    {
        if (_round.MasksLeftIn(span) == 0 || !_round.SetMasks(span, left, steps)) return false;
        if (_refresh) _pass.LetRide(_scaffold.Span(span), _scaffold.Visibility(span));
        return true;
    }
}
