using System.Collections.Immutable;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Decoding;

/// <summary>One token per pass, left to right; several if drafts are accepted.</summary>
internal sealed record AutoregressiveDecoder : IDecoder
{
    /// <summary>Tokens that end the answer. They are not part of it.</summary>
    public required ImmutableArray<int> StopTokens { get; init; }

    /// <summary>The largest length of the sequence, prompt included.</summary>
    public required int MaxLength { get; init; }

    /// <summary>Filters, temperature and seed.</summary>
    public SamplingParams Sampling { get; init; } = SamplingParams.Greedy;

    /// <summary>
    /// True to draft the next tokens: those that followed the previous occurrence of the last three. The answer is the
    /// same.
    /// </summary>
    public bool PromptLookup { get; init; }

    /// <inheritdoc/>
    public IEnumerable<ReadyPass> Decode(Sequence sequence)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        if (StopTokens.IsDefault) throw new ArgumentException("StopTokens is default, not a list.");
        int limit = Math.Min(MaxLength, sequence.Capacity);
        var pass = new PassBuilder(sequence);
        foreach (ReadyPass ready in PendingPasses.Prefill(sequence, pass, sequence.Length, 0)) yield return ready;
        IDrafter? drafter = PromptLookup ? new LookupDrafts() : null;
        var writer = new TokenWriter(sequence, pass, Sampling, StopTokens, drafter);
        foreach (ReadyPass ready in writer.Write(
            int.MaxValue, limit, [], DecodingStage.Prefill, DecodingStage.Autoregressive))
            yield return ready;
        if (writer.Stop is null) sequence.Finish |= FinishReason.MaxLength;
    }
}
