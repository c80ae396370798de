using Microsoft.Extensions.AI;
using PlannedDiffusion.Engine;
using Xunit;

namespace PlannedDiffusion.Extensions.AI.Tests;

/// <summary>Answers of the demo checkpoint, whole and as updates.</summary>
public sealed class ResponseTests(Demo demo) : IClassFixture<Demo>
{
    private const string Question = "What is gold?";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AResponseIsTheEnginesResult()
    {
        using var client = new PlannedDiffusionChatClient(demo.Engine, new() { ModelId = "demo" });
        GenerationResult expected =
            await demo.Engine.CompleteAsync(GenerationRequest.FromUser(Question), Cancellation);
        DateTimeOffset before = DateTimeOffset.UtcNow;
        ChatResponse response = await client.GetResponseAsync(Question, cancellationToken: Cancellation);
        Assert.Equal(expected.Text, response.Text);
        Assert.Equal(ChatRole.Assistant, Assert.Single(response.Messages).Role);
        Assert.Equal((ChatFinishReason.Stop, "demo"), (response.FinishReason, response.ModelId));
        Assert.InRange(response.CreatedAt!.Value, before, DateTimeOffset.UtcNow);
        Assert.NotEmpty(response.ResponseId!);
        Assert.NotEmpty(response.Messages[0].MessageId!);
        Assert.Null(response.Messages[0].AdditionalProperties);
        Assert.Equal(expected.Tokens, response.Raw().Tokens);
        Assert.NotEmpty(Assert.Single(response.Raw().Rounds).Spans);
        AssertUsage(expected.Usage, response.Usage);
    }

    [Fact]
    public async Task UpdatesAreTheResponseInPieces()
    {
        using var client = new PlannedDiffusionChatClient(demo.Engine, new() { ModelId = "demo" });
        ChatResponse expected = await client.GetResponseAsync(Question, cancellationToken: Cancellation);
        ChatResponseUpdate[] updates = await Collect(client.GetStreamingResponseAsync(Question, null, Cancellation));
        Assert.Equal(expected.Text, string.Concat(updates.Select(update => update.Text)));
        Assert.True(updates.Count(update => update.Text.Length > 0) > 1);
        foreach (ChatResponseUpdate update in updates)
        {
            Assert.Equal(ChatRole.Assistant, update.Role);
            Assert.Equal((updates[0].ResponseId, updates[0].MessageId), (update.ResponseId, update.MessageId));
            Assert.Equal((updates[0].CreatedAt, "demo"), (update.CreatedAt, update.ModelId));
            Assert.NotNull(update.RawRepresentation);
        }

        Assert.NotEmpty(updates[0].ResponseId!);
        Assert.NotEmpty(updates[0].MessageId!);
        Assert.All(updates[..^1], update => Assert.Null(update.FinishReason));
        Assert.Equal(ChatFinishReason.Stop, updates[^1].FinishReason);
        AssertUsage(expected.Raw().Usage, Assert.IsType<UsageContent>(Assert.Single(updates[^1].Contents)).Details);
        Assert.Equal(expected.Raw().Tokens, Assert.IsType<Completed>(updates[^1].RawRepresentation).Result.Tokens);
    }

    [Fact]
    public async Task PlanAndSpansAreUpdatesWithoutContents()
    {
        using IChatClient client = demo.Engine.AsIChatClient();
        ChatResponseUpdate[] updates = await Collect(client.GetStreamingResponseAsync(Question, null, Cancellation));
        PlanReady plan = Assert.Single(updates.Select(update => update.RawRepresentation).OfType<PlanReady>());
        var spans = updates.Select(update => update.RawRepresentation).OfType<SpanCompleted>().ToList();
        Assert.Equal(Enumerable.Range(0, plan.Spans.Count), spans.Select(span => span.Span).Order());
        Assert.IsType<PlanReady>(updates[0].RawRepresentation);
        Assert.All(
            updates.Where(update => update.RawRepresentation is PlanReady or SpanCompleted),
            update => Assert.Empty(update.Contents));
    }

    [Fact]
    public async Task UpdatesJoinToTheResponse()
    {
        using IChatClient client = demo.Engine.AsIChatClient("demo");
        ChatResponse whole = await client.GetResponseAsync(Question, cancellationToken: Cancellation);
        ChatResponse joined =
            await client.GetStreamingResponseAsync(Question, cancellationToken: Cancellation)
                .ToChatResponseAsync(Cancellation);
        Assert.Equal(whole.Text, joined.Text);
        Assert.Single(joined.Messages);
        Assert.Equal((whole.FinishReason, whole.ModelId), (joined.FinishReason, joined.ModelId));
        AssertUsage(whole.Raw().Usage, joined.Usage);
    }

    [Fact]
    public async Task AConversationGoesOnWithItsAnswers()
    {
        using IChatClient client = demo.Engine.AsIChatClient();
        List<ChatMessage> messages = [new(ChatRole.User, Question)];
        await messages.AddUpdates(client, Cancellation);
        messages.Add(new(ChatRole.User, "And silver?"));
        ChatResponse response = await client.GetResponseAsync(messages, cancellationToken: Cancellation);
        GenerationResult expected = await demo.Engine.CompleteAsync(
            new GenerationRequest
            {
                Messages = [.. messages.Select(message => new Tokenization.ChatMessage(
                    message.Role.Value, message.Text))],
            },
            Cancellation);
        Assert.Equal(expected.Text, response.Text);
        Assert.Equal(expected.Usage, response.Raw().Usage);
    }

    [Fact]
    public async Task RequestsRunSideBySide()
    {
        using IChatClient client = demo.Engine.AsIChatClient();
        string[] questions = ["What is gold?", "What is silver?", "What is the capital of France?"];
        string[] alone = new string[questions.Length];
        for (int i = 0; i < questions.Length; i++)
            alone[i] = (await client.GetResponseAsync(questions[i], cancellationToken: Cancellation)).Text;
        ChatResponse[] beside = await Task.WhenAll(questions.Select((question, i) => i % 2 == 0
            ? client.GetResponseAsync(question, cancellationToken: Cancellation)
            : client.GetStreamingResponseAsync(question, cancellationToken: Cancellation)
                .ToChatResponseAsync(Cancellation)));
        Assert.Equal(alone, beside.Select(response => response.Text));
        Assert.Distinct(beside.Select(response => response.ResponseId));
    }

    private static async Task<ChatResponseUpdate[]> Collect(IAsyncEnumerable<ChatResponseUpdate> updates) =>
        [.. await updates.ToListAsync(Cancellation)];

    private static void AssertUsage(TokenUsage expected, UsageDetails? usage)
    {
        Assert.Equal(
            (expected.Prompt, expected.Generated, expected.Plan),
            (usage!.InputTokenCount, usage.OutputTokenCount, usage.ReasoningTokenCount));
        Assert.Equal(expected.Prompt + expected.Generated, usage.TotalTokenCount);
        Assert.True(usage.ReasoningTokenCount > 0);
    }
}
