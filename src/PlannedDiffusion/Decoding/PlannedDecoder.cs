using System.Collections.Immutable;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Decoding;

/// <summary>
/// Writes a plan, then denoises all its spans at once, and repeats this if the plan ended with a sync. The plan is
/// written autoregressively. Each denoise step computes the spans that still have masks.
/// </summary>
internal sealed record PlannedDecoder : IDecoder
{
    /// <summary>The control tokens.</summary>
    public required ControlTokens Tokens { get; init; }

    /// <summary>
    /// Tokens that end a plan and the answer, as <see cref="ControlTokens.End"/> does. In a span they are text.
    /// </summary>
    public ImmutableArray<int> StopTokens { get; init; } = [];

    /// <summary>
    /// The largest length of the sequence, prompt included. Spans beyond it are denoised in full, if the sequence has
    /// the capacity, and then cut.
    /// </summary>
    public required int MaxLength { get; init; }

    /// <summary>Filters, temperature and seed, for the plan and for the spans.</summary>
    public SamplingParams Sampling { get; init; } = SamplingParams.Greedy;

    /// <summary>Decides which tokens a step reveals.</summary>
    public UnmaskPolicy Policy { get; init; } = new ScheduledUnmasking();

    /// <summary>Denoise steps per token of the largest span of a round.</summary>
    public required double StepsRatio { get; init; }

    /// <summary>True if the spans of a round see each other.</summary>
    public bool Dense { get; init; }

    /// <summary>The keys and values that finished spans leave.</summary>
    public KvCommit Commit { get; init; }

    /// <summary>The number of tokens per unit of a promise's number.</summary>
    public required double LengthScale { get; init; }

    /// <summary>The number of tokens of a span whose promise has no number.</summary>
    public required int DefaultSpanLength { get; init; }

    /// <summary>True if a malformed plan is an error.</summary>
    public bool Strict { get; init; }

    /// <summary>Limits on one plan.</summary>
    public PlanLimits Limits { get; init; } = new();

    /// <summary>The most rounds.</summary>
    public required int MaxRounds { get; init; }

    /// <summary>The most tokens of one plan.</summary>
    public required int MaxPlanTokens { get; init; }

    /// <summary>True to draft the next tokens of a plan from its grammar. The plan is the same.</summary>
    public bool DraftPlans { get; init; }

    /// <summary>A plan of the caller. It is the only plan.</summary>
    public GivenPlan? Given { get; init; }

    /// <summary>
    /// Per round, tokens that replace the model's in its plan. Each still takes its pass. For replaying recorded plans.
    /// </summary>
    public ImmutableArray<ImmutableArray<int>> ForcedPlans { get; init; } = [];

    /// <summary>
    /// Per round, the number of steps of its schedule, instead of <see cref="StepsRatio"/>. Later rounds follow the
    /// ratio. A round ends when no mask is left, so more steps than its largest span has tokens change nothing. For
    /// replaying recorded plans.
    /// </summary>
    public ImmutableArray<int> ForcedSteps { get; init; } = [];

    /// <summary>
    /// True to remove the topics of a written plan: each promise keeps only its tags and its number. The first denoise
    /// step computes the rows of the shorter plan again, so spans and later plans never see a topic. This ablation
    /// shows what topics contribute to the spans.
    /// </summary>
    public bool DropTopics { get; init; }

    /// <summary>
    /// True to join all rounds into one: a sync neither ends a plan nor waits for spans. The model continues to plan
    /// after it without having seen the spans before it. Then the sync tokens are removed from the plan, whose rows are
    /// computed again, and the spans of all promises are denoised together. This is an ablation, as
    /// <see cref="DropTopics"/>. <see cref="MaxPlanTokens"/> bounds the whole plan.
    /// </summary>
    public bool DropSyncs { get; init; }

    /// <inheritdoc/>
    public IEnumerable<ReadyPass> Decode(Sequence sequence)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        RequireRows(sequence.Limits);
        if (Given is { Tokens.IsDefault: true } or { Lengths.IsDefault: true })
            throw new ArgumentException("Given has a default list.");
        var pass = new PassBuilder(sequence);
        DecodingRound round;
        do
        {
            round = sequence.BeginRound();
            foreach (ReadyPass ready in WritePlan(sequence, pass, round)) yield return ready;
            if (DropTopics || DropSyncs) Ablate(sequence, round);
            if (!LayOut(sequence, round)) break;
            var spans = new SpanDenoiser(sequence, pass, round, Policy, Sampling, Refreshes(sequence, round));
            foreach (ReadyPass ready in spans.Run()) yield return ready;
        }
        while (Continues(sequence, round));

        if (sequence.Length > MaxLength) sequence.Finish |= FinishReason.MaxLength;
        sequence.Truncate(MaxLength);
        sequence.ReadBack(new TokenRange(sequence.PromptLength, sequence.Length));
    }

    /// <exception cref="RunnerCapacityException">The runner's steps are too small for any span.</exception>
    internal static void RequireRows(RunnerLimits limits)
    {
        if (limits.MaxRowsPerStep < Scaffold.SmallestSpan)
            throw new RunnerCapacityException(
                $"A span and its two tags are at least {Scaffold.SmallestSpan} rows of one pass; the runner has "
                + $"{limits.MaxRowsPerStep} (RunnerLimits.MaxRowsPerStep).");
    }

    private IEnumerable<ReadyPass> WritePlan(Sequence sequence, PassBuilder pass, DecodingRound round)
    {
        if (Given is not null)
        {
            sequence.Append(Given.Tokens.AsSpan());
            round.PlanTokens = new TokenRange(round.PlanTokens.Start, sequence.Length);
            round.Terminator = Tokens.End;
            round.IsGiven = true;
            yield break;
        }

        foreach (ReadyPass ready in PendingPasses.Riders(sequence, pass)) yield return ready;
        foreach (ReadyPass ready in PendingPasses.Prefill(sequence, pass, sequence.Length, 0)) yield return ready;
        ImmutableArray<int> forced = DropSyncs ? [.. ForcedPlans.SelectMany(plan => plan)]
            : round.Index < ForcedPlans.Length ? ForcedPlans[round.Index] : [];
        DecodingStage first = round.Index == 0 ? DecodingStage.Prefill : DecodingStage.Sync;
        int limit = Math.Min(MaxLength, sequence.Capacity);
        ImmutableArray<int> stops = [Tokens.End, .. StopTokens];
        IDrafter? drafter = DraftPlans ? new PlanDrafts(Tokens, round.PlanTokens.Start) : null;
        if (!DropSyncs) stops = [.. stops, Tokens.Sync];
        var writer = new TokenWriter(sequence, pass, Sampling, stops, drafter);
        foreach (ReadyPass ready in writer.Write(MaxPlanTokens, limit, forced, first, DecodingStage.Plan))
            yield return ready;
        round.Terminator = writer.Stop;
        if (round.Terminator is null)
            sequence.Finish |= sequence.Length < limit ? FinishReason.MaxPlanTokens : FinishReason.MaxLength;
        round.PlanTokens = new TokenRange(round.PlanTokens.Start, sequence.Length);
    }

    /// <summary>Replaces the plan by its ablation. Its rows are pending again.</summary>
    private void Ablate(Sequence sequence, DecodingRound round)
    {
        TokenRange written = round.PlanTokens;
        int[] left = new PlanAblation(Tokens, DropTopics, DropSyncs).Apply(sequence.TokensIn(written));
        if (left.Length == written.Length) return;
        round.Written = [.. sequence.TokensIn(written)];
        sequence.Rewind(written.Start);
        sequence.Append(left);
        round.PlanTokens = written with { End = sequence.Length };
    }

    /// <summary>Reads the plan and appends its scaffold; false if there is nothing to denoise.</summary>
    private bool LayOut(Sequence sequence, DecodingRound round)
    {
        if (round.Terminator is null && sequence.Length >= Math.Min(MaxLength, sequence.Capacity)) return false;
        var parser = new PlanParser(Tokens)
        {
            LengthScale = LengthScale,
            DefaultLength = DefaultSpanLength,
            Strict = Strict,
            GivenLengths = Given?.Lengths ?? [],
        };
        PlanLimits limits = LimitsFor(sequence);
        Plan plan = parser.Parse(sequence.Tokens[round.PlanTokens.Start..], round.PlanTokens.Start, limits);
        sequence.Finish |= plan.Cuts;
        bool atCapacity = limits.ScaffoldTokens == sequence.Capacity - sequence.Length;
        if (atCapacity && plan.Cuts.HasFlag(FinishReason.MaxScaffoldTokens)) sequence.Finish |= FinishReason.MaxLength;
        if (plan.Spans.IsEmpty) return false;

        var scaffold = new Scaffold(plan, sequence.Length, Dense);
        round.Begin(plan, scaffold, Steps(round.Index, scaffold));
        sequence.Append(scaffold.Tokens(Tokens));
        return true;
    }

    private int Steps(int round, Scaffold scaffold)
    {
        if (round < ForcedSteps.Length) return ForcedSteps[round];
        int masks = Policy.Scope == UnmaskScope.Round ? scaffold.Masks : scaffold.LargestSpan;
        return Math.Max(1, (int)(masks * StepsRatio));
    }

    private PlanLimits LimitsFor(Sequence sequence)
    {
        bool onePass = Dense || Policy.Scope == UnmaskScope.Round;
        int room = sequence.Capacity - sequence.Length;
        if (onePass) room = Math.Min(room, sequence.Limits.MaxRowsPerStep);
        return new PlanLimits
        {
            Spans = Math.Min(Limits.Spans, sequence.Limits.MaxGroupsPerSequence),
            SpanTokens = Math.Min(Limits.SpanTokens, sequence.Limits.MaxRowsPerStep - 2),
            ScaffoldTokens = Math.Min(Limits.ScaffoldTokens, room),
        };
    }

    /// <summary>True if finished spans are computed again because later rows see them.</summary>
    private bool Refreshes(Sequence sequence, DecodingRound round) =>
        Commit == KvCommit.Refresh && !sequence.Recompute && (Dense || round.Terminator == Tokens.Sync);

    private bool Continues(Sequence sequence, DecodingRound round)
    {
        if (round.Terminator != Tokens.Sync) return false;
        if (round.Index + 1 >= MaxRounds) sequence.Finish |= FinishReason.MaxRounds;
        else if (sequence.Length >= sequence.Capacity) sequence.Finish |= FinishReason.MaxLength;
        else
        {
            // A broken span breaks the text after it. If counts were read, this error names the span.
            if (!Policy.CountsAreKnown) sequence.ReadBack(round.Scaffold!.Region);
            sequence.Append([Tokens.Sync]);
            return true;
        }

        return false;
    }
}
