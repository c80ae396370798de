using System.Collections.Immutable;

namespace PlannedDiffusion.Decoding.Planning;

/// <summary>A plan from the caller, which replaces the planning stage.</summary>
/// <param name="Tokens">The plan as the model would write it: promises with their tags, without a final token.</param>
/// <param name="Lengths">The number of tokens of each promise's span.</param>
internal sealed record GivenPlan(ImmutableArray<int> Tokens, ImmutableArray<int> Lengths);
