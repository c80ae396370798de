using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Bench.Device;

/// <summary>A sequence with something in its cache, and the steps that are measured on it.</summary>
internal sealed class BenchSteps : IDisposable
{
    private readonly IModelRunner _runner;
    private readonly int _sequence, _cached, _room;

    /// <param name="runner">The model.</param>
    /// <param name="cached">Positions that are computed first.</param>
    /// <param name="room">Positions behind them.</param>
    public BenchSteps(IModelRunner runner, int cached, int room)
    {
        _runner = runner;
        _cached = cached;
        _room = room;
        _sequence = runner.OpenSequence(cached + room + 1);
        var tokens = new int[cached + room + 1];
        for (int i = 0; i < tokens.Length; i++) tokens[i] = (int)(i * 7919L % (runner.Config.VocabularySize - 1));
        tokens.AsSpan(cached + 1).Fill(runner.Config.MaskTokenId!.Value);
        runner.WriteTokens(_sequence, 0, tokens);
        runner.Forward(Prefill());
    }

    /// <summary>All cached positions at once, with the logits of the last.</summary>
    public ForwardStep Prefill()
    {
        var step = new ForwardStep { Stages = StepStages.Prefill };
        step.AddRows(_sequence, new TokenRange(0, _cached), AttentionRange.CausalFrom(0, _cached));
        step.AddLogits(_sequence, new TokenRange(_cached - 1, _cached));
        return step;
    }

    /// <summary>One row and those of drafts, each seeing those before it, and the token behind each.</summary>
    public ForwardStep Autoregressive(SamplingParams sampling, int drafts = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(drafts, _room);
        int end = _cached + 1 + drafts;
        var step = new ForwardStep { Stages = StepStages.Autoregressive };
        step.AddRows(_sequence, new TokenRange(_cached, end), AttentionRange.CausalFrom(_cached, end));
        step.AddUnmask(new UnmaskGroup
        {
            Sequence = _sequence,
            Positions = new TokenRange(_cached + 1, end + 1),
            Sampling = sampling,
            Rule = UnmaskRule.All,
        });
        return step;
    }

    /// <summary>
    /// Spans that see the cache and themselves. All masks are candidates and none is revealed, so all steps are alike.
    /// </summary>
    public ForwardStep Denoise(int spans, int rowsPerSpan, SamplingParams sampling)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(spans * rowsPerSpan, _room);
        var step = new ForwardStep { Stages = StepStages.Denoise };
        for (int span = 0; span < spans; span++)
        {
            int start = _cached + span * rowsPerSpan;
            var rows = new TokenRange(start, start + rowsPerSpan);
            step.AddRows(_sequence, rows, AttentionRange.Bidirectional(_cached, rows));
            step.AddUnmask(new UnmaskGroup
            {
                Sequence = _sequence,
                Positions = rows with { Start = rows.Start + 1 },
                Sampling = sampling,
                Rule = UnmaskRule.Scheduled,
                Confidence = ConfidenceKind.NegativeEntropy,
                RandomStep = 1,
            });
        }

        return step;
    }

    /// <summary>
    /// What a decoder does between two steps if it has to know the tokens: it waits for those that the last one
    /// decided, and writes drafts that follow from them.
    /// </summary>
    public void ReadAndDraft(int drafts)
    {
        Span<int> tokens = stackalloc int[drafts + 1];
        _runner.EndRead(_runner.BeginReadTokens(_sequence, _cached + 1, tokens.Length), tokens);
        if (drafts > 0) _runner.WriteTokens(_sequence, _cached + 1, tokens[..drafts]);
    }

    /// <summary>Waits for all steps so far.</summary>
    public void Finish() => _runner.ReadTokens(_sequence, 0, stackalloc int[1]);

    public void Dispose() => _runner.CloseSequence(_sequence);
}
