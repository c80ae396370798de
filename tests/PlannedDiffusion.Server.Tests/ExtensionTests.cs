using System.Text.Json;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Server.Requests;
using Xunit;

namespace PlannedDiffusion.Server.Tests;

/// <summary>The field <c>planned</c>: how to decode, and what a stream shows.</summary>
public sealed class ExtensionTests(DemoServer demo)
{
    private const string Question = "What is gold?";
    private readonly ServerUnderTest _server = demo.Server;

    public static TheoryData<string, GenerationOptions> Ways => new()
    {
        { """{"decoder":"ar"}""", new() { Decoding = new AutoregressiveOptions() } },
        { """{"decoder":"planned","steps_ratio":0.5}""", new() { Decoding = new PlannedOptions { StepsRatio = 0.5 } } },
        { """{"decoder":"dense"}""", new() { Decoding = new PlannedOptions { Visibility = SpanVisibility.Dense } } },
        { """{"decoder":"sparse"}""", new() { Decoding = new PlannedOptions { Visibility = SpanVisibility.Sparse } } },
        { """{"decoder":"auto"}""", new() { Decoding = new AutoregressiveOptions() } }, // no table for this model
        { """{"preset":"fast"}""", new() { Preset = Preset.Fast } },
        {
            """{"threshold":0.8}""",
            new() { Decoding = new PlannedOptions { Unmasking = new CertainUnmasking(0.8f) } }
        },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task AnAnswerIsDecodedAsAskedFor(string planned, GenerationOptions options)
    {
        GenerationResult expected = await _server.Engine.CompleteAsync(
            GenerationRequest.FromUser(Question, options), TestContext.Current.CancellationToken);
        using HttpResponseMessage response = await _server.ChatAsync(Body(planned));
        JsonElement answer = await response.JsonAsync();
        Assert.Equal(
            expected.Text,
            answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        JsonElement how = answer.GetProperty("planned")[0];
        Assert.True(how.GetProperty("passes").GetInt32() > 0); // how many depends on who shares the steps
        Assert.Equal(
            expected.Rounds.SelectMany(round => round.Spans).Select(span => span.Text),
            how.GetProperty("rounds").EnumerateArray()
                .SelectMany(round => round.GetProperty("spans").EnumerateArray())
                .Select(span => span.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task ACallersPlanIsTaken()
    {
        using HttpResponseMessage response = await _server.ChatAsync(
            Body("""{"plan":[{"topic":"definition","length":12},{"topic":"use","length":9}]}"""));
        JsonElement spans =
            (await response.JsonAsync()).GetProperty("planned")[0].GetProperty("rounds")[0].GetProperty("spans");
        Assert.Equal(["definition", "use"], spans.EnumerateArray().Select(one => one.GetProperty("topic").GetString()));
        Assert.Equal([12, 9], spans.EnumerateArray().Select(one => one.GetProperty("length").GetInt32()));
    }

    [Fact]
    public async Task AStreamShowsThePlan()
    {
        using HttpResponseMessage response = await _server.ChatAsync(Body("""{"stream":"plan"}""", streams: true));
        List<JsonElement> shown = Shown(await response.ChunksAsync());
        Assert.Equal(["started", "plan.ready"], shown.Select(Name));
        Assert.NotEmpty(shown[1].GetProperty("spans").EnumerateArray());
        Assert.True(shown[1].GetProperty("steps").GetInt32() > 0);
    }

    [Fact]
    public async Task AStreamShowsTheSpansTokenByToken()
    {
        GenerationResult expected = await _server.Engine.CompleteAsync(
            GenerationRequest.FromUser(Question), TestContext.Current.CancellationToken);
        using HttpResponseMessage response = await _server.ChatAsync(Body("""{"stream":"spans"}""", streams: true));
        List<JsonElement> chunks = await response.ChunksAsync();
        List<JsonElement> shown = Shown(chunks);
        Assert.Equal("plan.ready", Name(shown[1]));
        RoundResult round = Assert.Single(expected.Rounds);
        for (int span = 0; span < round.Spans.Count; span++)
        {
            List<JsonElement> own = [.. shown.Skip(2).Where(one => one.GetProperty("span").GetInt32() == span)];
            Assert.Equal("span.completed", Name(own[^1]));
            Assert.All(own[..^1], one => Assert.Equal("span.reveal", Name(one)));
            int[] places = [.. own.SelectMany(one => one.GetProperty("at").EnumerateArray())
                .Select(at => at.GetInt32())];
            Assert.Equal(Enumerable.Range(0, round.Spans[span].Length), places.Order());
            string?[] words = [.. own.SelectMany(one => one.GetProperty("text").EnumerateArray())
                .Select(text => text.GetString())];
            string text = string.Concat(places.Zip(words).OrderBy(pair => pair.First).Select(pair => pair.Second));
            Assert.Equal(round.Spans[span].Text, text.Trim());
            Assert.All(own, one => Assert.Equal(
                one.GetProperty("at").GetArrayLength(), one.GetProperty("ids").GetArrayLength()));
        }

        Assert.All(
            chunks.Where(chunk => chunk.TryGetProperty("planned", out _)),
            chunk => Assert.Empty(chunk.GetProperty("choices").EnumerateArray()));
    }

    [Fact]
    public void ATokenThatAloneIsNoTextHasNone()
    {
        Tokenization.Tokenizer tokenizer = _server.Engine.Tokenizer;
        int part = Enumerable.Range(0, tokenizer.VocabularySize)
            .First(id => !tokenizer.IsAdded(id) && tokenizer.BytesOf(id) is [>= 0x80 and < 0xc0]);
        int word = tokenizer.Encode("gold")[0], tag = _server.Engine.ControlTokens!.Mask;
        IReadOnlyList<string?> texts = new EventMapping(_server.Engine).Texts([word, part, tag]);
        Assert.Equal([tokenizer.Decode([word]), null, null], texts);
    }

    [Fact]
    public async Task ASampledStreamTellsItsSeed()
    {
        using HttpResponseMessage response = await _server.ChatAsync(
            $$"""{{Body("""{"stream":"plan"}""", streams: true)[..^1]}},"temperature":1}""");
        JsonElement started = Shown(await response.ChunksAsync())[0];
        Assert.Equal(
            response.Headers.GetValues("x-pd-seed").Single(), started.GetProperty("seed").GetRawText());
    }

    private static List<JsonElement> Shown(List<JsonElement> chunks) =>
    [
        .. chunks.Where(chunk => chunk.TryGetProperty("planned", out _)).Select(chunk => chunk.GetProperty("planned")),
    ];

    private static string? Name(JsonElement shown) => shown.GetProperty("event").GetString();

    private static string Body(string planned, bool streams = false) =>
        $$"""
        {
          "messages":[{"role":"user","content":"{{Question}}"}],
          "planned":{{planned}},
          "stream":{{(streams ? "true" : "false")}}
        }
        """.Trim();
}
