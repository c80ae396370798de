using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding;

/// <summary>A pending read of tokens of a sequence, or of masks left in its groups.</summary>
/// <param name="Ticket">The runner's ticket.</param>
/// <param name="Range">The positions of the tokens, or the groups.</param>
/// <param name="Passes">The number of the sequence's passes before the read.</param>
internal readonly record struct PendingRead(int Ticket, TokenRange Range, int Passes);
