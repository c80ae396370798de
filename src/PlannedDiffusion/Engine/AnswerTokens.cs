using System.Collections.Immutable;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Engine;

/// <summary>
/// Decides which tokens of an answer are text. Special tokens, control tokens and masks are not, by their ids. Other
/// tokens that spell the same letters are. Safe for concurrent use.
/// </summary>
internal sealed class AnswerTokens
{
    private const int None = -1;

    private readonly HashSet<int> _controls = [];

    /// <param name="tokenizer">The vocabulary.</param>
    /// <param name="control">The tags of planned diffusion, if the vocabulary has them.</param>
    /// <param name="stops">The tokens that end an answer.</param>
    /// <param name="mask">The token of a position that is not yet revealed, if the model has one.</param>
    public AnswerTokens(Tokenizer tokenizer, ControlTokens? control, ImmutableArray<int> stops, int? mask)
    {
        Tokenizer = tokenizer;
        Stops = stops;
        Mask = mask ?? None;
        if (mask is not null) _controls.Add(Mask);
        if (control is null) return;
        PromiseStart = control.PromiseStart;
        PromiseEnd = control.PromiseEnd;
        _controls.UnionWith([
            control.End, control.Mask, control.AsyncStart, control.AsyncEnd, control.PromiseStart, control.PromiseEnd,
            control.Sync, control.Pad,
        ]);
        if (control.EndOfText is { } end) _controls.Add(end);
    }

    /// <summary>The vocabulary.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The tokens that end an answer.</summary>
    public ImmutableArray<int> Stops { get; }

    /// <summary>The token of a position that is not yet revealed, or -1.</summary>
    public int Mask { get; }

    /// <summary>The token that opens a promise, or -1.</summary>
    public int PromiseStart { get; } = None;

    /// <summary>The token that closes a promise, or -1.</summary>
    public int PromiseEnd { get; } = None;

    /// <summary>
    /// True for a token that is text. In planned answers a stop token that is an ordinary word is not text. An
    /// autoregressive answer has one only if the caller wants it.
    /// </summary>
    public bool IsText(int id, AnswerPart part) => !Tokenizer.IsSpecial(id) && !_controls.Contains(id)
        && (part is AnswerPart.Text or AnswerPart.FixedText || !Stops.Contains(id));

    /// <summary>True for a token that ends the text of its part.</summary>
    public bool EndsText(int id, AnswerPart part) => part == AnswerPart.FixedText && Stops.Contains(id);
}
