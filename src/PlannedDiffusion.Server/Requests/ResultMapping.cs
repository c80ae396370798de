using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Server.Wire;

namespace PlannedDiffusion.Server.Requests;

/// <summary>Results of the engine in the words of the wire.</summary>
internal static class ResultMapping
{
    /// <summary>
    /// <c>stop</c> or <c>length</c>: a limit that cut the answer is its reason, unless a stop string ended it. Clients
    /// know no other words for an answer of text.
    /// </summary>
    public static string Reason(GenerationResult result) =>
        result.Finish == FinishReason.Completed || result.Finish.HasFlag(FinishReason.StopString) ? "stop" : "length";

    /// <summary>The usage of answers; a prompt that they share counts once.</summary>
    public static Usage Usage(GenerationCall call, IReadOnlyList<GenerationResult> results)
    {
        int prompt = 0, generated = 0, plan = 0;
        for (int i = 0; i < results.Count; i++)
        {
            if (i == 0 || !HaveOnePrompt(call.Choices[i - 1], call.Choices[i])) prompt += results[i].Usage.Prompt;
            generated += results[i].Usage.Generated;
            plan += results[i].Usage.Plan;
        }

        return new Usage(
            prompt, generated, prompt + generated, new PromptTokensDetails(0), new CompletionTokensDetails(plan));
    }

    /// <summary>How each answer was decoded.</summary>
    public static IReadOnlyList<PlannedAnswer> Planned(GenerationCall call, IReadOnlyList<GenerationResult> results) =>
        [.. results.Select((result, i) => new PlannedAnswer(
            i,
            DecodingMapping.Name(call.Choices[i].Options.Decoding, result),
            call.Seed is null ? null : unchecked((long)call.Choices[i].Options.Seed),
            result.CriticalPath.Passes.Length,
            [.. result.Rounds.Select(round => new PlannedRound(
                round.Steps,
                [.. round.Spans.Select(span => new PlannedSpanText(span.Topic, span.Length, span.Text))]))]))];

    private static bool HaveOnePrompt(GenerationRequest one, GenerationRequest other) =>
        ReferenceEquals(one.Messages, other.Messages)
        && ReferenceEquals(one.Prompt, other.Prompt)
        && one.PromptTokens.Equals(other.PromptTokens);
}
