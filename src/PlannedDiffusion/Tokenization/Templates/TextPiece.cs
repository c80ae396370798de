namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>A part of a text with its origin.</summary>
/// <param name="Text">Its characters.</param>
/// <param name="Trusted">
/// The text is the program's or the checkpoint's own. Added tokens are recognised only here.
/// </param>
internal readonly record struct TextPiece(string Text, bool Trusted);
