using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Decoding;

/// <summary>The denoise steps of one round: each computes the spans that still have masks, and reveals some.</summary>
internal sealed class SpanDenoiser
{
    private readonly Sequence _sequence;
    private readonly DecodingRound _round;
    private readonly Scaffold _scaffold;
    private readonly UnmaskPolicy _policy;
    private readonly UnmaskSchedule _schedule;
    private readonly SamplingParams _sampling;
    private readonly bool _refresh;
    private readonly int[] _reveals; // [spans], where the policy makes counts known

    internal SpanDenoiser(
        Sequence sequence, DecodingRound round, UnmaskPolicy policy, SamplingParams sampling, bool refresh)
    {
        _sequence = sequence;
        _round = round;
        _scaffold = round.Scaffold!;
        _policy = policy;
        _schedule = policy.Schedule(round.PlannedSteps);
        _sampling = sampling;
        _refresh = refresh;
        _reveals = new int[_scaffold.Count];
    }

    internal IEnumerable<DecodingStage> Run()
    {
        int planEnd = _scaffold.Region.Start;
        foreach (DecodingStage pass in PendingPasses.Prefill(_sequence, planEnd, _scaffold.Region.Length))
            yield return pass;
        _sequence.BeginPass();
        _sequence.AddPendingRows(planEnd);
        CommitEmptySpans();
        while (_round.MasksLeft > 0)
        {
            for (int span = 0; span < _scaffold.Count; span++)
            {
                if (_round.MasksLeftIn(span) == 0) continue;
                if (!_sequence.HasRoom(_scaffold.Span(span).Length))
                {
                    yield return _sequence.Ready(DecodingStage.Denoise); // a step too large for a pass takes several
                    _sequence.BeginPass();
                }

                AddSpan(span);
            }

            if (_policy.Scope == UnmaskScope.Round) AddGroup(0, _scaffold.Region, _round.MasksLeft);
            yield return _sequence.Ready(DecodingStage.Denoise);
            NoteReveals();
            _sequence.BeginPass();
        }
    }

    /// <summary>
    /// Empty spans have nothing to denoise. Published behaviour leaves zeros as keys and values of their two tags,
    /// which later rows attend to; without a cache they are computed like all others.
    /// </summary>
    private void CommitEmptySpans()
    {
        for (int span = 0; span < _scaffold.Count; span++)
        {
            if (_sequence.Recompute) _sequence.AddRows(_scaffold.Span(span), _scaffold.Visibility(span));
            else if (_round.MasksLeftIn(span) > 0) continue;
            else if (_refresh) _sequence.LetRide(_scaffold.Span(span), _scaffold.Visibility(span));
            else _sequence.ClearKeyValues(_scaffold.Span(span));
        }

        _sequence.SkipPendingRows(_scaffold.Region.End);
    }

    private void AddSpan(int span)
    {
        _sequence.AddRows(_scaffold.Span(span), _scaffold.Visibility(span));
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
            CarryIndex = index,
            SkipUncomputed = _policy.Scope == UnmaskScope.Round,
        };
        group = _policy.Decide(group, _schedule, _round.Steps, masks);
        _reveals[index] = group.Count;
        _sequence.Pass.AddUnmask(group);
    }

    /// <summary>Counts the masks left: by arithmetic where possible, so that the next step need not wait.</summary>
    private void NoteReveals()
    {
        _round.Steps++;
        if (!_policy.CountsAreKnown) _sequence.ReadBack(_scaffold.Region);
        for (int span = 0; span < _scaffold.Count; span++)
        {
            int masks = _round.MasksLeftIn(span);
            if (masks == 0) continue;
            int left = _policy.CountsAreKnown ? masks - _reveals[span] : _sequence.CountMasks(_scaffold.Content(span));
            if (_round.SetMasks(span, left) && _refresh)
                _sequence.LetRide(_scaffold.Span(span), _scaffold.Visibility(span));
        }
    }
}
