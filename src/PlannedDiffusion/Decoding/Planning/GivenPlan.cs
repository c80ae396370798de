using System.Collections.Immutable;

namespace PlannedDiffusion.Decoding.Planning;

/// <summary>A plan that the caller brings: it skips the planning stage.</summary>
/// <param name="Tokens">The plan as the model would write it: promises with their tags, no final token.</param>
/// <param name="Lengths">Tokens of each promise's span.</param>
internal sealed record GivenPlan(ImmutableArray<int> Tokens, ImmutableArray<int> Lengths);
