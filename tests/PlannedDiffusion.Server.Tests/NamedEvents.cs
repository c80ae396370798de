using System.Text.Json;
using Xunit;

namespace PlannedDiffusion.Server.Tests;

/// <summary>Streams whose events have names.</summary>
internal static class NamedEvents
{
    /// <summary>The events of a stream, to its end.</summary>
    public static async Task<List<(string Name, JsonElement Data)>> NamedEventsAsync(this HttpResponseMessage response)
    {
        using Stream body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        List<(string Name, JsonElement Data)> events = [];
        await foreach ((string name, JsonElement data) in NamedEventsAsync(body)) events.Add((name, data));
        return events;
    }

    /// <summary>The events of a stream, as they come.</summary>
    public static async IAsyncEnumerable<(string Name, JsonElement Data)> NamedEventsAsync(Stream stream)
    {
        using var reader = new StreamReader(stream);
        string? name = null;
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal)) name = line[7..];
            if (!line.StartsWith("data: ", StringComparison.Ordinal)) continue;
            using JsonDocument data = JsonDocument.Parse(line[6..]);
            yield return (name!, data.RootElement.Clone());
        }
    }
}
