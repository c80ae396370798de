using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Decoding;

/// <summary>The keys and values that Fast-dLLM keeps while it decodes a block.</summary>
public enum BlockCache
{
    /// <summary>Those before the block. Each step computes the block and everything after it.</summary>
    Prefix,

    /// <summary>Those before and after the block. Each step computes only the block.</summary>
    Dual,
}

/// <summary>
/// Fast-dLLM (arXiv 2505.22618): plain diffusion in blocks, from left to right. A block begins with a pass over the
/// whole sequence, which updates all keys and values and decides the block's first token. Then each step computes the
/// rows that <see cref="Cache"/> does not keep. It reveals every token of the block whose probability reaches a
/// threshold, but at least one. Meanwhile the kept keys and values become stale.
/// </summary>
internal sealed record FastDllmDecoder : IDecoder
{
    /// <summary>The length of the sequence, prompt included.</summary>
    public required int Length { get; init; }

    /// <summary>The number of tokens of a block, at least 1. The last block may be shorter.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 1.</exception>
    public required int BlockLength
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(BlockLength));
            field = value;
        }
    }

    /// <summary>
    /// Decides which tokens a step reveals. A block has no schedule. <see cref="ThresholdUnmasking"/> reveals every
    /// token whose probability after temperature and filters reaches the threshold, as published.
    /// <see cref="CertainUnmasking"/> and <see cref="FactorUnmasking"/> use the model's own probability and reveal at
    /// least one token. <see cref="ScheduledUnmasking"/> reveals one.
    /// </summary>
    public UnmaskPolicy Policy { get; init; } = new ThresholdUnmasking();

    /// <summary>The keys and values that are kept while a block is decoded.</summary>
    public required BlockCache Cache { get; init; }

    /// <summary>Filters, temperature and seed.</summary>
    public SamplingParams Sampling { get; init; } = SamplingParams.Greedy;

    /// <inheritdoc/>
    public IEnumerable<ReadyPass> Decode(Sequence sequence)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        if (sequence.MaskToken < 0) throw new NotSupportedException("The model has no mask token: it cannot diffuse.");
        sequence.RequireRoom(Length);
        int first = sequence.Length, step = 0;
        var all = new TokenRange(0, Length);
        AttentionRange visibility = AttentionRange.Bidirectional(0, all);
        var masks = new int[Length - first];
        Array.Fill(masks, sequence.MaskToken);
        sequence.Append(masks);
        var pass = new PassBuilder(sequence);

        for (int start = first, end; start < Length; start = end)
        {
            end = start + Math.Min(BlockLength, Length - start);
            var block = new TokenRange(start, end);
            pass.Begin();
            pass.AddRows(all, visibility);
            pass.Decide(Group(sequence, block with { End = start + 1 }, ++step));
            yield return pass.Ready(DecodingStage.Denoise);

            var rows = new TokenRange(start, Cache == BlockCache.Dual ? block.End : Length);
            var count = new MaskCount(sequence, pass, Policy, block.Length - 1);
            while (count.Left > 0)
            {
                // A surplus step may still write where later blocks have masks. The next pass computes all of these
                // rows.
                pass.Begin();
                pass.AddRows(rows, visibility, onlyIfMasked: count.IsBehind);
                UnmaskGroup group = Group(sequence, block with { Start = start + 1 }, ++step);
                pass.Decide(group);
                yield return pass.Ready(DecodingStage.Denoise);
                if (!count.NotePass(group)) step--;
            }
        }

        sequence.ReadBack(new TokenRange(first, Length));
    }

    private UnmaskGroup Group(Sequence sequence, TokenRange positions, int step)
    {
        var group = new UnmaskGroup
        {
            Sequence = sequence.Handle,
            Positions = positions,
            Sampling = Sampling,
            Rule = UnmaskRule.Scheduled,
            RandomStep = step,
        };
        return Policy.Decide(group, UnmaskSchedule.None, 0, positions.Length);
    }
}
