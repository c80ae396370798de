namespace PlannedDiffusion.Bench.Serving;

/// <summary>The times of an answer, from the call on.</summary>
/// <param name="Question">Which question it answers.</param>
/// <param name="Plan">Until its first plan was written; null without one.</param>
/// <param name="First">Until its first text.</param>
/// <param name="Whole">Until its end.</param>
internal readonly record struct ServedAnswer(int Question, TimeSpan? Plan, TimeSpan First, TimeSpan Whole);
