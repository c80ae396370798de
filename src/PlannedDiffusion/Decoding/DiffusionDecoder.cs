using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Decoding;

/// <summary>
/// Plain diffusion: masks follow the prompt up to a given length, and every position sees every other. A row's keys
/// change with every reveal, so each step computes all rows and nothing is cached.
/// </summary>
internal sealed record DiffusionDecoder : IDecoder
{
    /// <summary>The length of the sequence, prompt included.</summary>
    public required int Length { get; init; }

    /// <summary>The number of steps; less than one counts as one.</summary>
    public required int Steps { get; init; }

    /// <summary>Decides which tokens a step reveals.</summary>
    public UnmaskPolicy Policy { get; init; } =
        new ScheduledUnmasking() { Scope = UnmaskScope.Round };

    /// <summary>Filters, temperature and seed.</summary>
    public SamplingParams Sampling { get; init; } = SamplingParams.Greedy;

    /// <inheritdoc/>
    public IEnumerable<ReadyPass> Decode(Sequence sequence)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        if (sequence.MaskToken < 0) throw new NotSupportedException("The model has no mask token: it cannot diffuse.");
        sequence.RequireRoom(Length);
        var answer = new TokenRange(sequence.Length, Length);
        var masks = new int[answer.Length];
        Array.Fill(masks, sequence.MaskToken);
        sequence.Append(masks);

        var pass = new PassBuilder(sequence);
        UnmaskSchedule schedule = Policy.Schedule(Steps);
        var count = new MaskCount(sequence, pass, Policy, answer.Length);
        for (int step = 0; count.Left > 0; step++)
        {
            UnmaskGroup group = Decide(sequence, answer, schedule, step, count.Left);
            var all = new TokenRange(0, Length);
            pass.Begin();
            pass.AddRows(all, AttentionRange.Bidirectional(0, all), onlyIfMasked: count.IsBehind);
            pass.Decide(group);
            yield return pass.Ready(DecodingStage.Denoise);
            count.NotePass(group);
        }

        sequence.ReadBack(answer);
    }

    private UnmaskGroup Decide(Sequence sequence, TokenRange answer, UnmaskSchedule schedule, int step, int left)
    {
        var group = new UnmaskGroup
        {
            Sequence = sequence.Handle,
            Positions = answer,
            Sampling = Sampling,
            Rule = UnmaskRule.Scheduled,
            RandomStep = 1 + step,
        };
        return Policy.Decide(group, schedule, step, left);
    }
}
