using System.Text.RegularExpressions;

namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>Checks which facts an answer states, by the rule of <c>training/evaluate.py</c>.</summary>
internal static partial class FactCheck
{
    /// <summary>The number of a prompt's facts that an answer states. Case does not matter.</summary>
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
