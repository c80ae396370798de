using System.Collections.Immutable;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Decoding;

/// <summary>One token per pass, left to right.</summary>
public sealed record AutoregressiveDecoder : IDecoder
{
    /// <summary>Tokens that end the answer; they are not part of it.</summary>
    public required ImmutableArray<int> StopTokens { get; init; }

    /// <summary>Largest length of the sequence, prompt included.</summary>
    public required int MaxLength { get; init; }

    /// <summary>Filters, temperature and seed.</summary>
    public SamplingParams Sampling { get; init; } = SamplingParams.Greedy;

    /// <inheritdoc/>
    public IEnumerable<DecodingStage> Decode(Sequence sequence)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        int limit = Math.Min(MaxLength, sequence.Capacity);
        foreach (DecodingStage pass in PendingPasses.Prefill(sequence, sequence.Length, 0)) yield return pass;
        DecodingStage stage = DecodingStage.Prefill;
        bool stopped = false;
        while (!stopped && sequence.Length < limit)
        {
            PrepareNextToken(sequence, Sampling);
            yield return sequence.Ready(stage);
            stopped = StopTokens.Contains(sequence.TakeDecided(null));
            stage = DecodingStage.Autoregressive;
        }

        if (stopped) sequence.Truncate(sequence.Length - 1);
        else sequence.Finish |= FinishReason.MaxLength;
    }

    /// <summary>A pass that computes what is pending and decides the token behind the end.</summary>
    internal static void PrepareNextToken(Sequence sequence, SamplingParams sampling)
    {
        sequence.BeginPass();
        sequence.AddPendingRows(sequence.Length);
        sequence.Pass.AddUnmask(new UnmaskGroup
        {
            Sequence = sequence.Handle,
            Positions = new TokenRange(sequence.Length, sequence.Length + 1),
            Sampling = sampling,
            Rule = UnmaskRule.All,
        });
    }
}
