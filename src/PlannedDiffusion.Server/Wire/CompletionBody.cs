using System.Text.Json;

namespace PlannedDiffusion.Server.Wire;

/// <summary>The body of <c>POST /v1/completions</c>: the fields that count. Others are ignored.</summary>
internal sealed record CompletionBody : SamplingBody
{
    /// <summary>A string, a list of strings, a list of ids, or a list of lists of ids.</summary>
    public JsonElement Prompt { get; init; }

    public int? Logprobs { get; init; }

    public bool? Echo { get; init; }

    public string? Suffix { get; init; }

    public int? BestOf { get; init; }
}
