using PlannedDiffusion.Engine;
using Xunit;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>The events of a late reader, and the memory that they take.</summary>
public sealed class EventQueueTests
{
    [Fact]
    public async Task AReaderThatKeepsUpGetsEveryEventInOrder()
    {
        var queue = new EventQueue();
        await using IAsyncEnumerator<GenerationEvent> reader = Read(queue);
        for (int step = 0; step < 300; step++)
        {
            ValueTask<bool> next = reader.MoveNextAsync();
            GenerationEvent told = Progress(round: 0, span: step % 3, step, length: 1000);
            queue.Write(told);
            Assert.True(await next);
            Assert.Same(told, reader.Current);
        }

        queue.Complete();
        Assert.False(await reader.MoveNextAsync());
    }

    [Fact]
    public async Task UnreadEventsAreBoundedByTheAnswer()
    {
        const int spans = 4, length = 1000;
        var queue = new EventQueue();
        var kept = new List<GenerationEvent> { new PlanReady(0, [], length), new TextDelta("a") };
        foreach (GenerationEvent told in kept) queue.Write(told);
        for (int step = 1; step < length; step++)
        {
            for (int span = 0; span < spans; span++) queue.Write(Progress(0, span, step, length));
        }

        for (int span = 0; span < spans; span++)
        {
            var done = new SpanCompleted(0, span, length, "done");
            queue.Write(done);
            kept.Add(done);
        }

        queue.Complete();
        List<GenerationEvent> read = [];
        await foreach (GenerationEvent told in queue.ReadAllAsync()) read.Add(told);
        Assert.Equal(kept, read.Where(told => told is not SpanProgress)); // never lost, and in order
        SpanProgress[] progress = [.. read.OfType<SpanProgress>()];
        Assert.InRange(progress.Sum(told => told.Text.Length), 1, (1 << 15) + ((spans + 1) * length));
        foreach (IGrouping<int, SpanProgress> span in progress.GroupBy(told => told.Span))
        {
            Assert.Equal(span.Select(told => told.Step).Order(), span.Select(told => told.Step));
            Assert.Equal(length - 1, span.Last().Step); // the newest of each span
        }
    }

    [Fact]
    public async Task AnErrorComesAfterTheEventsBeforeIt()
    {
        var queue = new EventQueue();
        queue.Write(new TextDelta("a"));
        queue.Complete(new InvalidOperationException("broken"));
        await using IAsyncEnumerator<GenerationEvent> reader = Read(queue);
        Assert.True(await reader.MoveNextAsync());
        Assert.Equal(new TextDelta("a"), reader.Current);
        Assert.Equal(
            "broken",
            (await Assert.ThrowsAsync<InvalidOperationException>(async () => await reader.MoveNextAsync())).Message);
    }

    private static IAsyncEnumerator<GenerationEvent> Read(EventQueue queue) =>
        queue.ReadAllAsync().GetAsyncEnumerator(TestContext.Current.CancellationToken);

    private static SpanProgress Progress(int round, int span, int step, int length) =>
        new(round, span, step, step, length, new string('x', length));
}
