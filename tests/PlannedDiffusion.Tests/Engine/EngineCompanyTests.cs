using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>
/// What a request answers does not depend on its company, whatever the bounds of the queue, the rules by which requests
/// share steps, their priorities and keys, whoever is cancelled, and whose time is over: it gives the answer that it
/// gives alone, with the same rounds and steps, or it says why it gives none. Only its passes may differ.
/// </summary>
public sealed class EngineCompanyTests
{
    private const int Count = 12;

    private static readonly Lazy<(GenerationRequest Request, string Facts)[]> Alone = new(() =>
    {
        using PlannedDiffusionEngine engine = Around(CpuRunner());
        return [.. Enumerable.Range(0, Count)
            .Select(i => AnyRequest.Of((DecoderKind)(i % 6), i % 3, i))
            .Select(request =>
                (request, AnswerFacts.Of(engine.CompleteAsync(request, Cancellation).GetAwaiter().GetResult())))];
    });

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void RequestsAnswerAsAloneOrSayWhyNot() => Prop.ForAll(
        Gen.Choose(0, 100_000).ToArbitrary(),
        seed => Run(seed).GetAwaiter().GetResult())
        .Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(80).WithReplay(3, 5));

    private static async Task Run(int seed)
    {
        var random = new Random(seed);
        var time = new ManualTime();
        IModelRunner pool = new PoolRunner(CpuRunner(), positions: random.Next(250, 800));
        IModelRunner timed = new TimedRunner(pool, time, random.Next(3));
        var gate = new GatedRunner(Device(timed, ahead: seed % 2 == 0), permits: 0);
        var options = new EngineOptions
        {
            Queue = AnyQueue(random),
            Scheduling = AnyScheduling.Of(random),
            Clock = time,
        };
        using PlannedDiffusionEngine engine = Around(gate, options);
        var ends = new List<Task<bool>>();
        foreach ((GenerationRequest request, string facts) in Alone.Value.OrderBy(_ => random.Next()))
        {
            int way = random.Next(4);
            int cancelAfter = ends.Count > 0 && random.Next(3) == 0 ? random.Next(6) : -1;
            TimeSpan? deadline =
                ends.Count > 0 && random.Next(3) == 0 ? TimeSpan.FromSeconds(1 + random.Next(5)) : null;
            GenerationRequest asked = request with
            {
                Deadline = deadline,
                Priority = random.Next(-2, 3),
                ShareKey = random.Next(3) is var key and > 0 ? $"{key}" : null,
            };
            ends.Add(Ask(engine, asked, facts, way, cancelAfter));
            gate.Permit(1 + random.Next(10));
            time.Advance(TimeSpan.FromSeconds(random.Next(2)));
        }

        gate.Permit(1_000_000);
        bool[] answered = await Task.WhenAll(ends);
        Assert.True(answered[0]); // it found a free place
        Assert.True(await engine.DrainAsync(cancellationToken: Cancellation));
        EngineStatus status = engine.Status;
        Assert.Equal((0, 0, 0, 0), (status.Running, status.Waiting, status.WaitingRows, status.KeyValuesUsed));
        Assert.Equal(0, time.Timers);
    }

    private static QueueOptions AnyQueue(Random random) => new()
    {
        MaxWaiting = random.Next(Count),
        MaxWork = TimeSpan.FromSeconds(random.Next(3) * 30),
        MaxPlanned = random.Next(1, 5),
        MaxBypass = TimeSpan.FromSeconds(random.Next(4)),
    };

    /// <summary>True if there was an answer, which is that of the request alone.</summary>
    private static async Task<bool> Ask(
        PlannedDiffusionEngine engine, GenerationRequest request, string facts, int way, int cancelAfter)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        try
        {
            if (cancelAfter == 0) await cancel.CancelAsync();
            GenerationResult result = way == 0
                ? await Cancelled(engine.CompleteAsync(request, cancel.Token), cancelAfter, cancel)
                : await LastOf(engine.GenerateAsync(request, cancel.Token), cancelAfter, cancel);
            Assert.Equal(facts, AnswerFacts.Of(result));
            return true;
        }
        catch (EngineOverloadedException)
        {
            return false;
        }
        catch (OperationCanceledException) when (cancelAfter >= 0)
        {
            return false;
        }
        catch (RequestDeadlineException) when (request.Deadline is not null)
        {
            return false;
        }
    }

    private static async Task<GenerationResult> Cancelled(
        Task<GenerationResult> task, int cancelAfter, CancellationTokenSource cancel)
    {
        for (int i = 0; i < cancelAfter; i++) await Task.Yield();
        if (cancelAfter >= 0) await cancel.CancelAsync();
        return await task;
    }

    private static async Task<GenerationResult> LastOf(
        IAsyncEnumerable<GenerationEvent> events, int cancelAfter, CancellationTokenSource cancel)
    {
        GenerationEvent? last = null;
        await foreach (GenerationEvent happened in events)
        {
            last = happened;
            if (cancelAfter-- == 0) await cancel.CancelAsync();
        }

        return Assert.IsType<Completed>(last).Result;
    }
}
