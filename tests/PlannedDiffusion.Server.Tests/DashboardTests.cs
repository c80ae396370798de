using System.Text.Json;
using System.Text.RegularExpressions;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Server.Tests;

/// <summary>
/// The queries of docs/grafana.json ask for what the exporter really writes: each name, and each label.
/// </summary>
public sealed partial class DashboardTests
{
    /// <summary>Counts of what this test does not let happen.</summary>
    private static readonly string[] Absent = ["planned_diffusion_engine_restarts_total"];

    /// <summary>Labels that Prometheus adds.</summary>
    private static readonly string[] Added = ["job", "le"];

    private static readonly string[] Words =
        ["sum", "max", "by", "rate", "increase", "histogram_quantile", "label_values"];

    [Fact]
    public async Task EveryQueryHasItsMetricsAndLabels()
    {
        Dictionary<string, HashSet<string>> exported = await ExportAsync();
        string[] queries = [.. Queries()];
        Assert.True(queries.Length > 20);
        foreach (string query in queries)
        {
            string plain = Legend().Replace(query, "");
            string[] names = [.. Name().Matches(Braces().Replace(Grouping().Replace(plain, ""), ""))
                .Select(match => match.Value).Except(Words).Where(name => name != "job")];
            Assert.NotEmpty(names);
            foreach (string name in names.Except(Absent))
            {
                Assert.True(exported.ContainsKey(name), $"{name} of {query} is not exported.");
                string[] labels =
                [
                    .. Grouping().Matches(plain).SelectMany(match => match.Groups[1].Value.Split(',')),
                    .. Braces().Matches(plain).SelectMany(match => Label().Matches(match.Value))
                        .Select(match => match.Groups[1].Value),
                ];
                foreach (string label in labels.Select(label => label.Trim()).Except(Added))
                    Assert.True(exported[name].Contains(label), $"{name} of {query} has no label {label}.");
            }
        }
    }

    /// <summary>The metrics of a server that has answered, streamed and refused, with their labels.</summary>
    private static async Task<Dictionary<string, HashSet<string>>> ExportAsync()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await using GatedServer gated = await GatedServer.StartAsync(queue: 1);
        Task<HttpResponseMessage> whole = gated.Server.ChatAsync(GatedServer.Chat);
        await gated.ArriveAsync(1, 0, cancellation);
        Task<HttpResponseMessage> stream = gated.Server.ChatAsync(GatedServer.Stream);
        await gated.ArriveAsync(1, 1, cancellation);
        using HttpResponseMessage refused = await gated.Server.ChatAsync(GatedServer.Chat);
        gated.Gate.Permit(1_000_000);
        using HttpResponseMessage first = await whole, second = await stream;
        await second.ChunksAsync();
        GC.Collect(); // the size of the heap is known after a collection
        string text = await gated.Server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellation);
        var found = new Dictionary<string, HashSet<string>>();
        foreach (string line in text.Split('\n').Where(line => line.Length > 0 && line[0] != '#'))
        {
            string name = line[..line.IndexOfAny(['{', ' '])];
            if (!found.TryGetValue(name, out HashSet<string>? labels)) found[name] = labels = [];
            labels.UnionWith(Label().Matches(line).Select(match => match.Groups[1].Value));
        }

        return found;
    }

    private static IEnumerable<string> Queries()
    {
        using JsonDocument dashboard =
            JsonDocument.Parse(File.ReadAllBytes(Repository.PathTo("docs", "grafana.json")));
        foreach (JsonElement panel in dashboard.RootElement.GetProperty("panels").EnumerateArray())
        {
            foreach (JsonElement target in panel.GetProperty("targets").EnumerateArray())
                yield return target.GetProperty("expr").GetString()!;
        }

        foreach (JsonElement variable in
            dashboard.RootElement.GetProperty("templating").GetProperty("list").EnumerateArray())
        {
            if (variable.GetProperty("type").GetString() == "query")
                yield return variable.GetProperty("query").GetProperty("query").GetString()!;
        }
    }

    [GeneratedRegex("[a-z_][a-z_0-9]*")]
    private static partial Regex Name();

    [GeneratedRegex(@"\{[^}]*\}|\[[^\]]*\]")]
    private static partial Regex Braces();

    [GeneratedRegex(@"by \(([^)]*)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex("""([a-z_][a-z_0-9]*)(?:=|!=|=~)"(?:[^"\\]|\\.)*""")]
    private static partial Regex Label();

    [GeneratedRegex(@"\{\{[^}]*\}\}")]
    private static partial Regex Legend();
}
