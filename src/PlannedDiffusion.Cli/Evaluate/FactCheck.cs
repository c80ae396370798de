using System.Text.RegularExpressions;

namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>Whether an answer states what it should: the rule of <c>training/evaluate.py</c>.</summary>
internal static partial class FactCheck
{
    /// <summary>How many of a prompt's facts an answer has right; case does not matter.</summary>
    public static int CountRight(EvaluationPrompt prompt, string answer)
    {
        if (prompt.Facts is null) return 0;
        string text = answer.ToLowerInvariant();
        string[] places = prompt.InSentence ? SentenceEnd().Split(text) : [text];
        return prompt.Facts.Count(fact => places.Any(place => fact.All(
            part => place.Contains(part.ToLowerInvariant(), StringComparison.Ordinal))));
    }

    [GeneratedRegex(@"(?<=\.)\s+")]
    private static partial Regex SentenceEnd();
}
