using PlannedDiffusion.Engine;

namespace PlannedDiffusion.TestKit;

/// <summary>What a request answers whatever its company: everything but its passes and their times.</summary>
public static class AnswerFacts
{
    /// <summary>The facts as text.</summary>
    public static string Of(GenerationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return string.Join('\n',
        [
            result.Text,
            string.Join(' ', result.Tokens),
            string.Join(' ', result.Rounds.Select(
                round => $"{round.PlannedSteps} {round.Steps} {string.Join(' ', round.Spans)}")),
            string.Join(' ', result.CriticalPath.DenoiseSteps),
            $"{result.Finish} {result.Usage}",
        ]);
    }
}
