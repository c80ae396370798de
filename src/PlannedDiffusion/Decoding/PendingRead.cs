using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding;

/// <summary>Tokens of a sequence, or masks left of its groups, that are on their way from the runner.</summary>
/// <param name="Ticket">The runner's ticket.</param>
/// <param name="Range">The tokens' positions; of masks left, the groups.</param>
/// <param name="Passes">How many of the sequence's passes they come after.</param>
internal readonly record struct PendingRead(int Ticket, TokenRange Range, int Passes);
