using PlannedDiffusion.Engine;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>What a late reader learns, and the memory that it takes until then.</summary>
public sealed class ProgressQueueTests
{
    private const int Mask = -1;

    [Fact]
    public async Task AReaderThatKeepsUpGetsEveryStepInOrder()
    {
        var queue = new ProgressQueue(Mask);
        await using IAsyncEnumerator<ProgressEntry> reader = Read(queue);
        ValueTask<bool> first = reader.MoveNextAsync();
        queue.LaidOut(null, [100, 100, 100], []);
        Assert.True(await first);
        for (int step = 0; step < 300; step++)
        {
            ValueTask<bool> next = reader.MoveNextAsync();
            Reveal(queue, span: step % 3, step, 100, revealed: (step / 3) + 1);
            Assert.True(await next);
            var told = Assert.IsType<TokensRevealed>(reader.Current);
            Assert.Equal((step % 3, step), (told.Span, told.Step));
            Assert.Equal([(step / 3, step / 3)], told.Tokens);
        }

        queue.End();
        Assert.False(await reader.MoveNextAsync());
    }

    /// <summary>One entry for each span, and each token once, for any number of steps.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public async Task UnreadEntriesAreBoundedByTheAnswer(int keptSteps)
    {
        const int spans = 4, length = 1000;
        var queue = new ProgressQueue(Mask, keptSteps);
        for (int id = 0; id < 50; id++) queue.Written(null, [id], drafted: id % 2);
        queue.LaidOut(null, [length, length, length, length], []);
        for (int step = 1; step < length; step++)
        {
            for (int span = 0; span < spans; span++) Reveal(queue, span, step, length, step);
            Assert.InRange(queue.Count, 2 + spans, 2 + spans + keptSteps);
        }

        int[] order = [2, 0, 3, 1];
        foreach (int span in order) Reveal(queue, span, length, length, length);
        for (int piece = 0; piece < 1000; piece++) queue.Found("text");
        Assert.InRange(queue.Count, 3 + spans, 3 + spans + keptSteps);
        queue.End();

        List<ProgressEntry> all = await queue.ReadAllAsync().ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, 50), Assert.IsType<TokensWritten>(all[0]).Tokens.Select(token => token.Id));
        Assert.Equal(25, ((TokensWritten)all[0]).Tokens.Count(token => token.IsDrafted));
        Assert.Equal(4000, Assert.IsType<TextFound>(all[^1]).Text.Length);
        Assert.Equal(order, all.OfType<TokensRevealed>().TakeLast(spans).Select(entry => entry.Span)); // as completed
        foreach (IGrouping<int, TokensRevealed> span in all.OfType<TokensRevealed>().GroupBy(entry => entry.Span))
        {
            Assert.Equal(
                Enumerable.Range(0, length).Select(at => (at, at)), span.SelectMany(entry => entry.Tokens).Order());
            Assert.Equal(span.Select(told => told.Step).Order(), span.Select(told => told.Step));
            Assert.Equal((length, length), (span.Last().Step, span.Last().Revealed));
        }
    }

    /// <summary>A reader that takes one entry a step hears of all spans, none for ever behind another.</summary>
    [Fact]
    public async Task ASlowReaderHearsOfAllSpansInTurn()
    {
        var queue = new ProgressQueue(Mask);
        await using IAsyncEnumerator<ProgressEntry> reader = Read(queue);
        queue.LaidOut(null, [100, 100, 100], []);
        Assert.True(await reader.MoveNextAsync());
        var heard = new List<int>();
        for (int step = 1; step < 10; step++)
        {
            for (int span = 0; span < 3; span++) Reveal(queue, span, step, 100, step);
            Assert.True(await reader.MoveNextAsync());
            var told = (TokensRevealed)reader.Current;
            Assert.Equal(step, told.Step);
            heard.Add(told.Span);
        }

        Assert.Equal([0, 1, 2, 0, 1, 2, 0, 1, 2], heard);
    }

    /// <summary>What the reader has taken does not change under it.</summary>
    [Fact]
    public async Task AnEntryThatWasTakenDoesNotGrow()
    {
        var queue = new ProgressQueue(Mask);
        await using IAsyncEnumerator<ProgressEntry> reader = Read(queue);
        queue.Written(null, [1], 0);
        Assert.True(await reader.MoveNextAsync());
        var written = (TokensWritten)reader.Current;
        queue.Written(null, [2], 0);
        queue.LaidOut(null, [9], []);
        Reveal(queue, 0, 1, 9, 1);
        for (int i = 0; i < 3; i++) Assert.True(await reader.MoveNextAsync());
        var revealed = (TokensRevealed)reader.Current;
        queue.LaidOut(null, [9], []); // another round: its first span is not that of the round before
        Reveal(queue, 0, 1, 9, 2);
        Assert.Single(written.Tokens);
        Assert.Single(revealed.Tokens);
        Assert.Equal(2, queue.Count);
    }

    [Fact]
    public async Task AnErrorComesAfterTheEntriesBeforeIt()
    {
        var queue = new ProgressQueue(Mask);
        queue.Found("a");
        queue.End(new InvalidOperationException("broken"));
        queue.End(new InvalidOperationException("too late"));
        await using IAsyncEnumerator<ProgressEntry> reader = Read(queue);
        Assert.True(await reader.MoveNextAsync());
        Assert.Equal("a", Assert.IsType<TextFound>(reader.Current).Text.ToString());
        Assert.Equal(
            "broken",
            (await Assert.ThrowsAsync<InvalidOperationException>(async () => await reader.MoveNextAsync())).Message);
    }

    private static IAsyncEnumerator<ProgressEntry> Read(ProgressQueue queue) =>
        queue.ReadAllAsync().GetAsyncEnumerator(TestContext.Current.CancellationToken);

    /// <summary>The first tokens of a span are revealed; each is its own position.</summary>
    private static void Reveal(ProgressQueue queue, int span, int step, int length, int revealed)
    {
        int[] ids = [.. Enumerable.Range(0, length).Select(at => at < revealed ? at : Mask)];
        queue.Revealed(null, span, step, ids, revealed);
    }
}
