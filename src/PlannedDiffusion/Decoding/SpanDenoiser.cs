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
/// <para>
/// Spans that do not see each other, each with a group of its own, need not advance together: a step may take some of
/// them. Each counts its own steps, so that its random numbers and its schedule are those that it has alone.
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
    private readonly bool _refresh, _ahead, _apart;
    private readonly int[] _reveals; // [spans], if the policy makes the counts known
    private readonly int[] _left; // [spans]: masks, as last read
    private readonly int[] _readAt; // [spans]: steps at the pending read; 0 if its pass had no step of the span
    private readonly List<int> _offered = []; // spans of the pass, in order
    private PendingRead? _unread; // masks left after the last pass

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
        _apart = !_scaffold.Dense && policy.Scope == UnmaskScope.Span;
        _reveals = new int[_scaffold.Count];
        _left = new int[_scaffold.Count];
        _readAt = new int[_scaffold.Count];
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
            Offer();
            yield return _unread is null
                ? _pass.Ready(DecodingStage.Denoise)
                : _pass.ReadyGuess(DecodingStage.Denoise);
            if (_pass.IsLeftOut) TakeUnread();
            else NotePass();
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

    /// <summary>Adds the spans with masks that fit into the pass, those first that have begun.</summary>
    private void Offer()
    {
        _offered.Clear();
        for (int begun = 1; begun >= 0; begun--)
        {
            for (int span = 0; span < _scaffold.Count; span++)
            {
                if (_round.MasksLeftIn(span) == 0 || (_round.StepsOf(span) > 0) != (begun > 0)) continue;
                if (_pass.HasRoom(_scaffold.Span(span).Length)) AddSpan(span);
            }
        }

        if (_policy.Scope == UnmaskScope.Round)
            _pass.Decide(Group(0, _scaffold.Region, _round.Steps, MasksInRound()));
    }

    private void AddSpan(int span)
    {
        _offered.Add(span);
        TokenRange rows = _scaffold.Span(span);
        AttentionRange visibility = _scaffold.Visibility(span);
        bool mayBeFinished = _unread is not null;
        if (_policy.Scope == UnmaskScope.Round)
        {
            _pass.AddRows(rows, visibility, mayBeFinished);
            return;
        }

        int steps = _round.StepsOf(span);
        UnmaskGroup group = Group(span, _scaffold.Content(span), steps, _round.MasksLeftIn(span));
        if (_apart)
        {
            _pass.AddUnit(rows, visibility, mayBeFinished, group, hasBegun: steps > 0);
            return;
        }

        _pass.AddRows(rows, visibility, mayBeFinished);
        _pass.Decide(group);
    }

    private UnmaskGroup Group(int index, TokenRange positions, int step, int masks)
    {
        var group = new UnmaskGroup
        {
            Sequence = _sequence.Handle,
            Positions = positions,
            Sampling = _sampling,
            Rule = UnmaskRule.Scheduled,
            RandomStep = 1 + step,
            GroupIndex = index,
            SkipUncomputed = _policy.Scope == UnmaskScope.Round,
        };
        group = _policy.Decide(group, _schedule, step, masks);
        _reveals[index] = group.Count;
        return group;
    }

    /// <summary>Masks before the next step. Those revealed by the last step are known only with a schedule.</summary>
    private int MasksInRound() => _round.MasksLeft - (_unread is null ? 0 : _reveals[0]);

    /// <summary>Counts the masks left, by arithmetic if possible, so that the next pass need not wait.</summary>
    private void NotePass()
    {
        _round.Passes++;
        for (int i = _offered.Count - 1; i >= 0; i--)
        {
            if (_pass.Took(i)) _round.Advance(_offered[i]);
            else _offered.RemoveAt(i);
        }

        if (_policy.CountsAreKnown)
        {
            foreach (int span in _offered)
                SetMasks(span, _round.MasksLeftIn(span) - _reveals[span], _round.StepsOf(span));
        }
        else if (!_ahead)
        {
            BeginCount();
            EndCount();
        }
        else
        {
            NotePassAhead();
        }
    }

    /// <summary>
    /// Takes the masks left by the previous pass, for which this one did not wait, and starts to read those of this
    /// one.
    /// </summary>
    private void NotePassAhead()
    {
        if (_unread is not null)
        {
            EndCount();
            if (!TakeBackFinished()) return;
        }

        BeginCount();
        if (MayHaveFinished()) EndCount();
    }

    /// <summary>Takes back steps of spans that were finished before; false if no other is in the pass.</summary>
    private bool TakeBackFinished()
    {
        int rows = 0;
        for (int i = _offered.Count - 1; i >= 0; i--)
        {
            int span = _offered[i];
            if (_round.MasksLeftIn(span) > 0) continue;
            _round.Advance(span, -1);
            rows += _scaffold.Span(span).Length;
            _offered.RemoveAt(i);
        }

        if (_offered.Count > 0)
        {
            _sequence.Record.TakeBackRows(rows);
            return true;
        }

        _round.Passes--;
        _pass.TakeBack();
        return false;
    }

    /// <summary>Nothing of a pass was taken: makes the next one with what is known by now.</summary>
    private void TakeUnread()
    {
        _pass.Withdraw();
        EndCount();
    }

    /// <summary>
    /// True if the requested pass may well be the last one, because it reveals at least one token of each group with
    /// masks. It is a guess: it only decides between waiting and a surplus pass.
    /// </summary>
    private bool MayHaveFinished()
    {
        if (_policy.Scope == UnmaskScope.Round) return _round.MasksLeft <= Math.Max(1, _reveals[0]);
        for (int span = 0; span < _scaffold.Count; span++)
        {
            int left = _round.MasksLeftIn(span);
            if (left > 1 || (left == 1 && _readAt[span] == 0)) return false;
        }

        return true;
    }

    /// <summary>Starts to read the counts of masks left, or the tokens.</summary>
    private void BeginCount()
    {
        Array.Clear(_readAt);
        foreach (int span in _offered) _readAt[span] = _round.StepsOf(span);
        _unread = _policy.Scope == UnmaskScope.Span
            ? _sequence.BeginReadMasksLeft(_left.Length)
            : _sequence.BeginRead(_scaffold.Region, _sequence.Record.Count);
    }

    /// <summary>Takes the masks left. Spans without a step in that pass may have counts of an older round.</summary>
    private void EndCount()
    {
        PendingRead read = _unread!.Value;
        _unread = null;
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

        for (int span = 0; span < _scaffold.Count; span++)
        {
            if (_readAt[span] > 0) SetMasks(span, _left[span], _readAt[span]);
        }
    }

    private void SetMasks(int span, int left, int steps)
    {
        if (_round.MasksLeftIn(span) == 0 || !_round.SetMasks(span, left, steps)) return;
        if (_refresh) _pass.LetRide(_scaffold.Span(span), _scaffold.Visibility(span));
    }
}
