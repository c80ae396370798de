using System.Text.Json.Serialization;

namespace PlannedDiffusion.Cli.Profile;

/// <summary>
/// The trace format that Perfetto and Chrome's tracing page read: a process for each request, a thread for each track.
/// </summary>
internal sealed record TraceFile(
    [property: JsonPropertyName("traceEvents")] IReadOnlyList<TraceEvent> Events,
    [property: JsonPropertyName("displayTimeUnit")] string TimeUnit,
    [property: JsonPropertyName("otherData")] TraceOrigin Origin);

/// <summary>The device that ran the model, and the clock of the times.</summary>
internal sealed record TraceOrigin(
    [property: JsonPropertyName("device")] string Device,
    [property: JsonPropertyName("clock")] string Clock);

/// <summary>A slice (phase X) with its times in microseconds, or metadata (phase M).</summary>
internal sealed record TraceEvent(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("ph")] string Phase,
    [property: JsonPropertyName("pid")] int Process,
    [property: JsonPropertyName("tid")] int Thread)
{
    [JsonPropertyName("cat"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Category { get; init; }

    [JsonPropertyName("ts"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Start { get; init; }

    [JsonPropertyName("dur"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Duration { get; init; }

    [JsonPropertyName("args"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TraceArguments? Arguments { get; init; }
}

/// <summary>The details that a viewer shows for a slice, or the name or sort index that phase M sets.</summary>
internal sealed record TraceArguments
{
    [JsonPropertyName("name"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    [JsonPropertyName("sort_index"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Place { get; init; }

    [JsonPropertyName("passes"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Passes { get; init; }

    [JsonPropertyName("rows"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Rows { get; init; }

    [JsonPropertyName("drafted"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Drafted { get; init; }

    [JsonPropertyName("kept"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Kept { get; init; }

    [JsonPropertyName("tokens"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Tokens { get; init; }

    [JsonPropertyName("host_us"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? HostMicroseconds { get; init; }

    [JsonPropertyName("idle_us"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? IdleMicroseconds { get; init; }

    [JsonPropertyName("clock"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Clock { get; init; }
}
