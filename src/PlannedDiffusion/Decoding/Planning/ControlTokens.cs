using System.Collections.Immutable;

namespace PlannedDiffusion.Decoding.Planning;

/// <summary>
/// The token ids that steer planned diffusion. They belong to a vocabulary and are read from it by content; no id is
/// known beforehand. A vocabulary without these tags (plain Qwen2.5 or Dream) has no <see cref="ControlTokens"/>.
/// </summary>
public sealed record ControlTokens
{
    private readonly ImmutableArray<int> _digits;

    /// <summary>Ends the answer: <c>&lt;|im_end|&gt;</c>.</summary>
    public required int End { get; init; }

    /// <summary>Ends a document, <c>&lt;|endoftext|&gt;</c>; null where the vocabulary has none.</summary>
    public int? EndOfText { get; init; }

    /// <summary>A position that is not yet revealed: <c>&lt;|mask|&gt;</c>.</summary>
    public required int Mask { get; init; }

    /// <summary>Opens a span: <c>&lt;async&gt;</c>.</summary>
    public required int AsyncStart { get; init; }

    /// <summary>Closes a span: <c>&lt;/async&gt;</c>.</summary>
    public required int AsyncEnd { get; init; }

    /// <summary>Opens a promise of the plan, the one token <c>&lt;promise&gt;-&lt;topic&gt;</c>.</summary>
    public required int PromiseStart { get; init; }

    /// <summary>Closes a promise: <c>&lt;/topic&gt;</c>.</summary>
    public required int PromiseEnd { get; init; }

    /// <summary>Asks for another round: <c>&lt;sync/&gt;</c>.</summary>
    public required int Sync { get; init; }

    /// <summary>Fills a span behind its text: <c>[PAD]</c>.</summary>
    public required int Pad { get; init; }

    /// <summary>The ids of the digits 0 to 9, in order.</summary>
    /// <exception cref="ArgumentException">There are not exactly ten.</exception>
    public required ImmutableArray<int> Digits
    {
        get => _digits;
        init => _digits = !value.IsDefault && value.Length == 10
            ? value
            : throw new ArgumentException("Digits needs exactly the ten ids of \"0\" to \"9\".", nameof(value));
    }

    /// <summary>The value 0..9 of a digit token, or -1 for every other token.</summary>
    public int DigitValue(int id) => Digits.IndexOf(id);
}
