using System.Collections.Immutable;
using System.Text.Json;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Server.Errors;
using PlannedDiffusion.Server.Options;
using PlannedDiffusion.Server.Wire;

namespace PlannedDiffusion.Server.Requests;

/// <summary>
/// The body of <c>/v1/completions</c> as requests of the engine: all answers of the first prompt first.
/// </summary>
internal static class CompletionMapping
{
    private const int MostAnswers = 64;

    /// <exception cref="ApiException">
    /// A field is missing, out of range, or asks for what the model cannot do.
    /// </exception>
    public static GenerationCall Of(
        CompletionBody body, RequestOrigin origin, PlannedDiffusionServerOptions server)
    {
        SamplingMapping.Refuse(body.Echo == true, "echo", "prompts are not repeated");
        SamplingMapping.Refuse(!string.IsNullOrEmpty(body.Suffix), "suffix", "nothing is put before a text");
        SamplingMapping.Refuse(body.BestOf is not (null or 1), "best_of", "answers are not ranked");
        SamplingMapping.Refuse(body.Logprobs is not null, "logprobs");
        GenerationOptions options =
            SamplingMapping.Options(body, SamplingMapping.Tokens(body.MaxTokens, "max_tokens"), server);
        bool streams = body.Stream ?? false;
        var common = new GenerationRequest
        {
            Options = options,
            Plan = DecodingMapping.Plan(body.Planned, options),
            Priority = DecodingMapping.Priority(body.Planned),
            ShareKey = origin.ShareKey,
            Deadline = SamplingMapping.Deadline(streams, origin, server),
        };
        GenerationRequest[] prompts = [.. Prompts(body.Prompt, common)];
        int n = SamplingMapping.Choices(body.N);
        if (prompts.Length * n > MostAnswers)
            throw ApiException.Invalid(
                "prompt", $"prompt asks for {prompts.Length * n} answers; {MostAnswers} are the most.");
        return new GenerationCall([.. prompts.SelectMany(prompt => SamplingMapping.Repeat(prompt, n))])
        {
            PromptField = "prompt",
            Streams = streams,
            IncludesUsage = body.StreamOptions?.IncludeUsage ?? false,
            IsExtended = body.Planned is not null,
            Shown = GenerationCall.ShownOf(body.Planned),
        };
    }

    private static IEnumerable<GenerationRequest> Prompts(JsonElement prompt, GenerationRequest common)
    {
        switch (prompt.ValueKind)
        {
            case JsonValueKind.String:
                return [common with { Prompt = NotEmpty(WireText.Of(prompt, "prompt")) }];
            case JsonValueKind.Array when prompt.GetArrayLength() > 0:
                JsonElement[] items = [.. prompt.EnumerateArray()];
                if (AreAll(items, JsonValueKind.Number)) return [common with { PromptTokens = Ids(prompt) }];
                if (AreAll(items, JsonValueKind.String))
                    return [.. items.Select(item => common with { Prompt = NotEmpty(WireText.Of(item, "prompt")) })];
                if (AreAll(items, JsonValueKind.Array))
                    return [.. items.Select(item => common with { PromptTokens = Ids(item) })];
                break;
        }

        throw ApiException.Invalid(
            "prompt", "prompt must be a string, or a list that is not empty: of strings, of ids, or of lists of ids.");
    }

    private static bool AreAll(JsonElement[] items, JsonValueKind kind) => items.All(item => item.ValueKind == kind);

    private static string NotEmpty(string prompt) =>
        prompt.Length > 0 ? prompt : throw ApiException.Invalid("prompt", "prompt is empty.");

    private static ImmutableArray<int> Ids(JsonElement ids)
    {
        var read = ImmutableArray.CreateBuilder<int>(ids.GetArrayLength());
        foreach (JsonElement id in ids.EnumerateArray())
        {
            if (id.ValueKind != JsonValueKind.Number || !id.TryGetInt32(out int value))
                throw ApiException.Invalid("prompt", "prompt has an id that is no whole number.");
            read.Add(value);
        }

        return read.Count > 0 ? read.ToImmutable() : throw ApiException.Invalid("prompt", "prompt is empty.");
    }
}
