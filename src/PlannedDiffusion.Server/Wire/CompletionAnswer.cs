using System.Text.Json.Serialization;

namespace PlannedDiffusion.Server.Wire;

/// <summary>An answer of <c>/v1/completions</c>.</summary>
internal sealed record CompletionAnswer(
    string Id, string Object, long Created, string Model, string SystemFingerprint,
    IReadOnlyList<CompletionChoice> Choices, Usage Usage)
{
    /// <summary>How the answers were decoded, for those who sent the extension.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PlannedAnswer>? Planned { get; init; }
}
