namespace PlannedDiffusion.Engine;

/// <summary>The kind of a part of an answer. It decides which tokens are text.</summary>
internal enum AnswerPart
{
    /// <summary>An autoregressive answer. All tokens are text.</summary>
    Text,

    /// <summary>An answer of a fixed length. It ends at its first stop token.</summary>
    FixedText,

    /// <summary>A plan. Its promises are not text, other tokens are.</summary>
    Plan,

    /// <summary>A span, without its two tags.</summary>
    Span,
}
