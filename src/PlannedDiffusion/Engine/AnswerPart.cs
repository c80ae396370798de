namespace PlannedDiffusion.Engine;

/// <summary>What a stretch of an answer's tokens is: it decides which of them are text.</summary>
internal enum AnswerPart
{
    /// <summary>An autoregressive answer. All of it is text.</summary>
    Text,

    /// <summary>An answer of a fixed length. It ends at the first token that ends answers.</summary>
    FixedText,

    /// <summary>A plan. Its promises are no text; what a model writes beside them is.</summary>
    Plan,

    /// <summary>A span, without its two tags.</summary>
    Span,
}
