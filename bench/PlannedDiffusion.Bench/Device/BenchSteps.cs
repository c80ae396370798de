using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Bench.Device;

/// <summary>A sequence with a filled cache, and the steps that are measured on it.</summary>
internal sealed class BenchSteps : IDisposable
{
    private readonly IModelRunner _runner;
    private readonly int _sequence, _cached, _room;

    /// <param name="runner">The model.</param>
    /// <param name="cached">Number of positions in the cache.</param>
    /// <param name="room">Number of positions behind them.</param>
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

    /// <summary>A prefill of all cached positions, with logits of the last one.</summary>
    public ForwardStep Prefill()
    {
        var step = new ForwardStep { Stages = StepStages.Prefill };
        step.AddRows(_sequence, new TokenRange(0, _cached), AttentionRange.CausalFrom(0, _cached));
        step.AddLogits(_sequence, new TokenRange(_cached - 1, _cached));
        return step;
    }

    /// <summary>A causal step of one row and its drafts. It decides the next token of each row.</summary>
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
    /// A denoise step of spans that see the cache and themselves. No mask is revealed, so that all steps are alike.
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
    /// Does what a decoder does between two steps if it needs the tokens: it waits for those of the last step, and
    /// writes drafts.
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
