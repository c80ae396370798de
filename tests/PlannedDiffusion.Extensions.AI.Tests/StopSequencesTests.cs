using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.AI;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Engine;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Extensions.AI.Tests;

/// <summary>Answers that end before a stop sequence. In these a token is a byte: pieces cut everywhere.</summary>
public sealed class StopSequencesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("one two three", "two", "one ")]
    [InlineData("one two three", "one", "")]
    [InlineData("one two three", "four", "one two three")]
    [InlineData("one tw", "two", "one tw")]
    [InlineData("aab aaab aaaab", "aaaa", "aab aaab ")] // what begins as the sequence, again and again
    [InlineData("abababac", "ababac", "ab")]
    [InlineData("one\n\ntwo", "\n\n", "one")]
    [InlineData("one \ntwo", "\n", "one ")]
    [InlineData("x é y", "é", "x ")]
    [InlineData("xè y", "é", "xè y")] // its first byte is the same
    [InlineData("A<|im_end|>B", "<|im_end|>", "A")] // letters that spell a tag
    public async Task TheTextEndsBeforeTheSequence(string text, string stop, string expected)
    {
        using PlannedDiffusionEngine engine = Clients.Writing(text);
        int bytes = System.Text.Encoding.UTF8.GetByteCount(text);
        using var client = new PlannedDiffusionChatClient(engine, Clients.Autoregressive(bytes));
        var options = new ChatOptions { StopSequences = [stop] };
        ChatResponse response = await client.GetResponseAsync("say", options, Cancellation);
        List<ChatResponseUpdate> updates =
            await client.GetStreamingResponseAsync("say", options, Cancellation).ToListAsync(Cancellation);
        Assert.Equal(expected, response.Text);
        Assert.Equal(expected, string.Concat(updates.Select(update => update.Text)));
        bool found = expected != text;
        ChatFinishReason reason = found ? ChatFinishReason.Stop : ChatFinishReason.Length;
        Assert.Equal((reason, reason), (response.FinishReason, updates[^1].FinishReason));
        Assert.NotNull(response.Usage);
        GenerationResult result = Assert.IsType<GenerationResult>(response.RawRepresentation);
        Assert.Equal(found, result.Finish.HasFlag(FinishReason.StopString));
        Completed last = Assert.IsType<Completed>(updates[^1].RawRepresentation);
        Assert.Equal((expected, result.Usage), (last.Result.Text, last.Result.Usage));
    }

    /// <summary>Any text of few letters and any sequences: as if the whole text were searched.</summary>
    [Fact]
    public void TheFirstSequenceToBeCompleteCounts()
    {
        Gen<string> letters = Gen.Elements('a', 'b', 'c').ArrayOf(30).Select(all => new string(all));
        Prop.ForAll(
            letters.ToArbitrary(),
            letters.Select(all => (string[])[all[..4], all[4..7], all[7..9]]).ToArbitrary(),
            (text, stops) =>
            {
                using PlannedDiffusionEngine engine = Clients.Writing(text);
                using var client = new PlannedDiffusionChatClient(engine, Clients.Autoregressive(text.Length));
                ChatResponse response = client.GetStreamingResponseAsync(
                    "say", new ChatOptions { StopSequences = stops }, Cancellation)
                    .ToChatResponseAsync(Cancellation).GetAwaiter().GetResult();
                Assert.Equal(Before(stops, text), response.Text);
            }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(60).WithReplay(2, 3));
    }

    /// <summary>Texts come in long pieces here, with several sequences in one.</summary>
    [Fact]
    public async Task SequencesAcrossSpansAreFound()
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        GenerationOptions own = Planned("<promise>-<topic>a 1</topic><promise>-<topic>b 1</topic><|im_end|>");
        using var client = new PlannedDiffusionChatClient(
            engine, new PlannedDiffusionChatClientOptions { Generation = own });
        string text = (await client.GetResponseAsync("say", cancellationToken: Cancellation)).Text;
        var random = new Random(5);
        for (int i = 0; i < 30; i++)
        {
            string[] stops = [Part(8), Part(5), Part(3)];
            ChatResponse response = await client.GetStreamingResponseAsync(
                "say", new ChatOptions { StopSequences = stops }, Cancellation).ToChatResponseAsync(Cancellation);
            Assert.Equal(Before(stops, text), response.Text);
        }

        string Part(int length)
        {
            int start = random.Next(text.Length - length);
            return text[start..(start + length)];
        }
    }

    [Fact]
    public async Task TheRequestEndsOnceTheSequenceIsFound()
    {
        int prompt = Clients.PromptOf("say");
        var runner = new GatedRunner(
            new ScriptedRunner(
                ReferenceRunner(Limits with { MaxSequences = 1 }), position => "abcdefgh"[(position - prompt) % 8]),
            permits: 8);
        using PlannedDiffusionEngine engine = Around(runner);
        using var client = new PlannedDiffusionChatClient(engine, Clients.Autoregressive(100));
        ChatResponse response =
            await client.GetResponseAsync("say", new ChatOptions { StopSequences = ["d"] }, Cancellation);
        Assert.Equal(3, response.Text.Length); // more than eight steps would have waited for ever
        runner.Permit(1000);
        await client.GetResponseAsync("say", new ChatOptions { MaxOutputTokens = 2 }, Cancellation); // one has room
        Assert.InRange(runner.Steps.Count, 1, 30);
    }

    /// <summary>As defined: up to the first place where a sequence ends, without the longest that ends there.</summary>
    private static string Before(string[] stops, string text)
    {
        for (int end = 1; end <= text.Length; end++)
        {
            string[] found = [.. stops.Where(stop => text[..end].EndsWith(stop, StringComparison.Ordinal))];
            if (found.Length > 0) return text[..(end - found.Max(stop => stop.Length))];
        }

        return text;
    }
}
