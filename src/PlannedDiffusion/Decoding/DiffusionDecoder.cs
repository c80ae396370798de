using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Decoding;

/// <summary>
/// Plain diffusion: masks behind the prompt up to a given length, everything visible to everything. A row's keys change
/// with every reveal, so each step computes all rows and nothing is cached.
/// </summary>
public sealed record DiffusionDecoder : IDecoder
{
    /// <summary>Length of the sequence, prompt included.</summary>
    public required int Length { get; init; }

    /// <summary>Steps; fewer than one counts as one.</summary>
    public required int Steps { get; init; }

    /// <summary>Decides what a step reveals.</summary>
    public UnmaskPolicy Policy { get; init; } =
        new ScheduledUnmasking(ConfidenceKind.NegativeEntropy) { Scope = UnmaskScope.Round };

    /// <summary>Filters, temperature and seed.</summary>
    public SamplingParams Sampling { get; init; } = SamplingParams.Greedy;

    /// <inheritdoc/>
    public IEnumerable<DecodingStage> Decode(Sequence sequence)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        if (sequence.MaskToken < 0) throw new NotSupportedException("The model has no mask token: it cannot diffuse.");
        var answer = new TokenRange(sequence.Length, Length);
        var masks = new int[answer.Length];
        Array.Fill(masks, sequence.MaskToken);
        sequence.Append(masks);

        UnmaskSchedule schedule = Policy.Schedule(Steps);
        PendingRead? unread = null; // after the last step, whose tokens are not known
        int left = answer.Length;
        for (int step = 0; left > 0; step++)
        {
            UnmaskGroup group = Decide(sequence, answer, schedule, step, left);
            var all = new TokenRange(0, Length);
            sequence.BeginPass();
            sequence.AddRows(all, AttentionRange.Bidirectional(0, all), onlyIfMasked: unread is not null);
            sequence.Pass.AddUnmask(group);
            yield return sequence.Ready(DecodingStage.Denoise);
            if (group.Rule == UnmaskRule.Scheduled)
            {
                left -= group.Count; // one group: the host knows without reading
            }
            else if (!sequence.RunsAhead)
            {
                sequence.ReadBack(answer);
                left = sequence.CountMasks(answer);
            }
            else
            {
                if (unread is { } read) left = Take(sequence, read);
                if (left == 0) sequence.TakeBackPass(); // a step without masks changes nothing
                else unread = sequence.BeginRead(answer, sequence.Passes.Count);
                if (left == 1) left = Take(sequence, unread!.Value); // each step reveals at least one
            }
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

    private static int Take(Sequence sequence, in PendingRead read)
    {
        sequence.EndRead(read);
        return sequence.CountMasks(read.Range);
    }
}
