using System.Net;
using System.Text.Json;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;
using Xunit;

namespace PlannedDiffusion.Server.Tests;

/// <summary>
/// <c>/v1/planned/stream</c>: everything that happens. The server is the class's own: how many passes an answer takes
/// depends on its company.
/// </summary>
public sealed class PlannedStreamTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string Path = "/v1/planned/stream";
    private const string Question = "What is the aurora borealis?";
    private const string Messages = $$"""[{"role":"user","content":"{{Question}}"}]""";

    private readonly ServerUnderTest _server = demo.Server;

    [Fact]
    public async Task EventsAreNamedNumberedAndInOrder()
    {
        using HttpResponseMessage response = await _server.PostAsync(Path, $$"""{"messages":{{Messages}}}""");
        List<string> lines = await response.LinesAsync();
        Assert.Equal(
            [.. Enumerable.Range(1, lines.Count(line => line.StartsWith("event: ", StringComparison.Ordinal)))
                .Select(i => $"id: {i}")],
            lines.Where(line => line.StartsWith("id: ", StringComparison.Ordinal)));
        Assert.Equal(
            ["queued", "started", "plan.delta", "plan.ready", "span.reveal", "span.completed", "text", "completed"],
            [.. lines.Where(line => line.StartsWith("event: ", StringComparison.Ordinal)).Select(line => line[7..])
                .Distinct().OrderBy(name => Array.IndexOf(Names, name))]);
        Assert.DoesNotContain("data: [DONE]", lines);
    }

    /// <summary>What the events tell, put together, is the result of the engine.</summary>
    [Theory]
    [InlineData("published")]
    [InlineData("fast")]
    public async Task TheEventsTellTheWholeResult(string preset)
    {
        GenerationResult expected = await ExpectedAsync(new GenerationOptions
        {
            Preset = preset == "fast" ? Preset.Fast : Preset.Published,
        });
        List<(string Name, JsonElement Data)> events = await StreamAsync(
            $$"""{"messages":{{Messages}},"planned":{"preset":"{{preset}}"} }""");
        Assert.Equal((0, "demo"), (Number(events[0].Data, "ahead"), events[0].Data.GetProperty("model").GetString()));
        RoundResult round = Assert.Single(expected.Rounds);
        JsonElement plan = Assert.Single(Of(events, "plan.ready"));
        Assert.Equal(round.PlannedSteps, Number(plan, "steps"));
        Assert.Equal(
            round.Spans.Select(span => (span.Topic, span.Length)),
            plan.GetProperty("spans").EnumerateArray().Select(
                span => (span.GetProperty("topic").GetString()!, Number(span, "length"))));
        Assert.StartsWith(
            string.Concat(Of(events, "plan.delta").Select(delta => delta.GetProperty("text").GetString())),
            expected.RawText, StringComparison.Ordinal);

        int first = expected.Tokens.Length - expected.Usage.Spans;
        foreach ((int i, SpanResult span) in round.Spans.Index())
        {
            JsonElement[] reveals = [.. Of(events, "span.reveal").Where(reveal => Number(reveal, "span") == i)];
            var ids = new SortedDictionary<int, int>();
            foreach (JsonElement reveal in reveals)
            {
                foreach ((JsonElement at, JsonElement id) in reveal.GetProperty("at").EnumerateArray()
                    .Zip(reveal.GetProperty("ids").EnumerateArray()))
                    ids.Add(at.GetInt32(), id.GetInt32()); // each place once
                Assert.Equal(reveal.GetProperty("at").GetArrayLength(), reveal.GetProperty("text").GetArrayLength());
            }

            Assert.Equal(Enumerable.Range(0, span.Length), ids.Keys);
            first++; // the span's opening tag
            Assert.Equal(expected.Tokens.AsSpan(first, span.Length).ToArray(), ids.Values);
            first += span.Length + 1;
            JsonElement completed =
                Assert.Single(Of(events, "span.completed"), completed => Number(completed, "span") == i);
            Assert.Equal(
                (span.Text, span.CompletedAtStep),
                (completed.GetProperty("text").GetString(), Number(completed, "step")));
        }

        AssertCompleted(expected, events);
    }

    [Fact]
    public async Task OneTokenAtATimeHasTextAlone()
    {
        GenerationResult expected =
            await ExpectedAsync(new GenerationOptions { Decoding = new AutoregressiveOptions() });
        List<(string Name, JsonElement Data)> events =
            await StreamAsync($$"""{"messages":{{Messages}},"planned":{"decoder":"ar"} }""");
        Assert.Equal(["queued", "started", "text", "completed"], events.Select(one => one.Name).Distinct());
        AssertCompleted(expected, events);
    }

    [Fact]
    public async Task WhatIsRefusedIsNoStream()
    {
        foreach ((string body, string param) in ((string, string)[])
            [
                ($$"""{"messages":{{Messages}},"n":2}""", "n"), ("""{"messages":[]}""", "messages"),
                ($$"""{"messages":{{Messages}},"planned":{"preset":"slow"} }""", "planned.preset"),
            ])
        {
            using HttpResponseMessage response = await _server.PostAsync(Path, body);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Equal(param, (await response.JsonAsync()).GetProperty("error").GetProperty("param").GetString());
        }
    }

    /// <summary>Who hangs up is not answered further: the engine has nothing to do.</summary>
    [Fact]
    public async Task HangingUpCancels()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        HttpResponseMessage response = await server.PostAsync(Path, $$"""{"messages":{{Messages}}}""");
        Stream body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await foreach ((string name, _) in NamedEvents.NamedEventsAsync(body))
        {
            if (name == "plan.ready") break;
        }

        response.Dispose();
        Assert.True(await server.Engine.DrainAsync(cancellationToken: TestContext.Current.CancellationToken));
    }

    private static readonly string[] Names =
        ["queued", "started", "plan.delta", "plan.ready", "span.reveal", "span.completed", "text", "completed"];

    private static void AssertCompleted(GenerationResult expected, List<(string Name, JsonElement Data)> events)
    {
        Assert.Equal(
            expected.Text, string.Concat(Of(events, "text").Select(text => text.GetProperty("text").GetString())));
        (string last, JsonElement end) = events[^1];
        Assert.Equal("completed", last);
        Assert.Equal(expected.Text, end.GetProperty("text").GetString());
        Assert.Equal("stop", end.GetProperty("finish_reason").GetString());
        Assert.Equal(expected.Usage.Generated, Number(end.GetProperty("usage"), "completion_tokens"));
        JsonElement passes = end.GetProperty("passes"), chain = end.GetProperty("chain");
        CriticalPath path = expected.CriticalPath;
        Assert.Equal(path.Passes.Length, Number(passes, "total"));
        foreach (DecodingStage stage in Enum.GetValues<DecodingStage>())
        {
            string name = stage.ToString().ToLowerInvariant();
            Assert.Equal(path.Count(stage), Number(passes, name));
            Assert.Equal(
                path.Count(stage),
                chain.GetProperty("stage").EnumerateArray().Count(one => one.GetString() == name));
        }

        Assert.Equal(
            path.Passes.Select(pass => pass.Rows),
            chain.GetProperty("rows").EnumerateArray().Select(rows => rows.GetInt32()));
        double[] start = [.. chain.GetProperty("start_ms").EnumerateArray().Select(one => one.GetDouble())];
        Assert.Equal(start.Order(), start);
        Assert.Equal(path.Passes.Length, chain.GetProperty("ms").GetArrayLength());
        Assert.True(end.GetProperty("ms").GetDouble() > 0);
    }

    private static IEnumerable<JsonElement> Of(List<(string Name, JsonElement Data)> events, string name) =>
        events.Where(one => one.Name == name).Select(one => one.Data);

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private async Task<List<(string Name, JsonElement Data)>> StreamAsync(string body)
    {
        using HttpResponseMessage response = await _server.PostAsync(Path, body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.NamedEventsAsync();
    }

    private Task<GenerationResult> ExpectedAsync(GenerationOptions options) => _server.Engine.CompleteAsync(
        GenerationRequest.FromUser(Question, options), TestContext.Current.CancellationToken);
}
