namespace PlannedDiffusion.Tokenization;

/// <summary>A part of a text with its origin.</summary>
/// <param name="Text">Its characters.</param>
/// <param name="Trusted">The program's or the checkpoint's own: only here are added tokens recognised.</param>
internal readonly record struct TextPiece(string Text, bool Trusted);
