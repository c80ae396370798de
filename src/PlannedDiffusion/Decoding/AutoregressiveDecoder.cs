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
        if (StopTokens.IsDefault) throw new ArgumentException("StopTokens is default, not a list.");
        int limit = Math.Min(MaxLength, sequence.Capacity);
        foreach (DecodingStage pass in PendingPasses.Prefill(sequence, sequence.Length, 0)) yield return pass;
        var writer = new TokenWriter(sequence, Sampling, StopTokens);
        foreach (DecodingStage pass in writer.Write(
            int.MaxValue, limit, [], DecodingStage.Prefill, DecodingStage.Autoregressive))
            yield return pass;
        if (writer.Stop is null) sequence.Finish |= FinishReason.MaxLength;
    }
}
