using System.Text.Json;

namespace PlannedDiffusion.Server.Wire;

/// <summary>What the bodies of both kinds of completions have in common.</summary>
internal abstract record SamplingBody
{
    public string? Model { get; init; }

    public bool? Stream { get; init; }

    public StreamOptionsBody? StreamOptions { get; init; }

    public long? MaxTokens { get; init; }

    public int? N { get; init; }

    /// <summary>A string, a list of up to four, or null.</summary>
    public JsonElement Stop { get; init; }

    public long? Seed { get; init; }

    public float? Temperature { get; init; }

    public float? TopP { get; init; }

    public int? TopK { get; init; }

    public float? PresencePenalty { get; init; }

    public float? FrequencyPenalty { get; init; }

    public JsonElement LogitBias { get; init; }

    public PlannedBody? Planned { get; init; }
}

/// <summary>Options of a stream.</summary>
internal sealed record StreamOptionsBody
{
    public bool? IncludeUsage { get; init; }
}

/// <summary>Our extension of the bodies: how to decode, and what to show of it.</summary>
internal sealed record PlannedBody
{
    /// <summary><c>plan</c> or <c>spans</c>: what a stream shows besides the text.</summary>
    public string? Stream { get; init; }

    /// <summary>
    /// <c>planned</c>, <c>sparse</c>, <c>dense</c>, <c>ar</c>, <c>auto</c>, <c>diffusion</c> or <c>fast-dllm</c>.
    /// </summary>
    public string? Decoder { get; init; }

    /// <summary><c>published</c> or <c>fast</c>.</summary>
    public string? Preset { get; init; }

    public double? StepsRatio { get; init; }

    public float? Threshold { get; init; }

    public IReadOnlyList<PlanItemBody?>? Plan { get; init; }

    public int? Priority { get; init; }
}

/// <summary>A promise of the caller's plan.</summary>
internal sealed record PlanItemBody
{
    public string? Topic { get; init; }

    public int? Length { get; init; }
}
