using System.Collections.Immutable;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding.Planning;

/// <summary>Reads the promises of a plan. It reads only generated tokens, never a prompt.</summary>
/// <param name="Tokens">The control tokens.</param>
internal sealed record PlanParser(ControlTokens Tokens)
{
    /// <summary>The number of tokens per unit of a promise's number.</summary>
    public required double LengthScale { get; init; }

    /// <summary>The number of tokens of a span whose promise has no number.</summary>
    public required int DefaultLength { get; init; }

    /// <summary>Lengths that replace the numbers of the first promises.</summary>
    public ImmutableArray<int> GivenLengths { get; init; } = [];

    /// <summary>True if a plan without a promise and a promise without a number are errors.</summary>
    public bool Strict { get; init; }

    /// <summary>Reads a plan. Only the part after its last sync token counts.</summary>
    /// <param name="plan">Plan tokens.</param>
    /// <param name="offset">The position of the first token in the sequence.</param>
    /// <param name="limits">The limits of the plan.</param>
    /// <exception cref="PlanFormatException">
    /// Strict mode: the plan has no promise, or a promise has no number.
    /// </exception>
    public Plan Parse(ReadOnlySpan<int> plan, int offset, PlanLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        var spans = ImmutableArray.CreateBuilder<PlannedSpan>();
        FinishReason cuts = FinishReason.Completed;
        int room = limits.ScaffoldTokens;
        int at = plan.LastIndexOf(Tokens.Sync) + 1;
        while (NextPromise(plan, ref at) is { } content)
        {
            int? number = Number(plan[content.Start..content.End]);
            if (number is null && Strict)
                throw new PlanFormatException($"The promise at position {offset + content.Start} has no number.");
            int length = Length(number, spans.Count, limits.SpanTokens, ref cuts);
            if (spans.Count >= limits.Spans)
            {
                cuts |= FinishReason.MaxSpans;
                break;
            }

            if (length > room - 2)
            {
                cuts |= FinishReason.MaxScaffoldTokens;
                length = room - 2;
                if (length <= 0) break;
            }

            room -= length + 2;
            var topic = new TokenRange(offset + content.Start, offset + content.End);
            spans.Add(new PlannedSpan(topic, number, length));
        }

        if (spans.Count == 0 && cuts == FinishReason.Completed && Strict)
            throw new PlanFormatException("The plan has no promise.");
        return new Plan(spans.ToImmutable(), cuts);
    }

    /// <summary>The content of the next complete promise. Moves after it.</summary>
    private TokenRange? NextPromise(ReadOnlySpan<int> plan, ref int at)
    {
        int start = plan[at..].IndexOf(Tokens.PromiseStart);
        if (start < 0) return null;
        start += at + 1;
        int length = plan[start..].IndexOf(Tokens.PromiseEnd);
        if (length < 0) return null;
        at = start + length + 1;
        return new TokenRange(start, start + length);
    }

    /// <summary>The first digit in the content, with the next token if that is a digit, too.</summary>
    private int? Number(ReadOnlySpan<int> content)
    {
        for (int i = 0; i < content.Length; i++)
        {
            int tens = Tokens.DigitValue(content[i]);
            if (tens < 0) continue;
            int ones = i + 1 < content.Length ? Tokens.DigitValue(content[i + 1]) : -1;
            return ones < 0 ? tens : (10 * tens) + ones;
        }

        return null;
    }

    private int Length(int? number, int span, int most, ref FinishReason cuts)
    {
        double length = span < GivenLengths.Length ? GivenLengths[span]
            : number is { } n ? Math.Truncate(n * LengthScale)
            : DefaultLength;
        if (length <= most) return (int)Math.Max(0, length);
        cuts |= FinishReason.MaxSpanTokens;
        return most;
    }
}
