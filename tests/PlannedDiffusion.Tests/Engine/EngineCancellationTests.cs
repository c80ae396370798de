using System.Runtime.CompilerServices;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>Cancelled requests: the time at which they end, and the tokens of their exceptions.</summary>
public sealed class EngineCancellationTests
{
    private static readonly GenerationOptions Some =
        new() { Decoding = new AutoregressiveOptions(), MaxNewTokens = 20, Experiment = new() { IgnoreEnd = true } };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static MatrixTheoryData<Place, Way> Cases => new(Enum.GetValues<Place>(), Enum.GetValues<Way>());

    /// <summary>The state of a request when it is cancelled.</summary>
    public enum Place
    {
        BeforeTheCall,
        Waiting,
        Running,
    }

    /// <summary>How a request is made.</summary>
    public enum Way
    {
        Complete,
        Generate,
        GenerateWithTwoTokens,
        EnumerateWithToken,
        GenerateText,
        EnumerateTextWithToken,
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task TheExceptionCarriesTheCallersToken(Place place, Way way)
    {
        var runner = new GatedRunner(ReferenceRunner(Limits with { MaxSequences = 1 }), permits: 0);
        using PlannedDiffusionEngine engine = Around(runner);
        using var cancel = new CancellationTokenSource();
        using var other = new CancellationTokenSource();
        Task<GenerationResult>? ahead = null;
        if (place == Place.Waiting)
        {
            ahead = engine.CompleteAsync(Request("one", Some), Cancellation);
            await runner.StepArrives(Cancellation);
        }

        if (place == Place.BeforeTheCall) await cancel.CancelAsync();
        Task request = Start(engine, way, cancel.Token, other.Token);
        if (place == Place.Running) await runner.StepArrives(Cancellation);
        await cancel.CancelAsync();
        if (place == Place.Running) runner.Permit(1000);

        // A request that waits, or was cancelled before, ends at once: no step has been computed yet.
        OperationCanceledException error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        Assert.Equal(cancel.Token, error.CancellationToken);
        if (place != Place.Running) Assert.Empty(runner.Steps);
        if (place != Place.Running) runner.Permit(1000);
        if (ahead is not null) Assert.NotEmpty((await ahead).Tokens);
    }

    /// <summary>
    /// A request that does not fit is not tried again in each step, with any number of requests after it.
    /// </summary>
    [Fact]
    public async Task WaitingRequestsAddNoWorkToSteps()
    {
        const int waiting = 500;
        var counting = new OpeningRunner(ReferenceRunner(Limits with { MaxSequences = 1 }));
        var runner = new GatedRunner(counting, permits: 0);
        using PlannedDiffusionEngine engine = Around(runner, new EngineOptions { Queue = QueueOptions.Unbounded });
        Task<GenerationResult> first =
            engine.CompleteAsync(Request("one", Some with { MaxNewTokens = 60 }), Cancellation);
        await runner.StepArrives(Cancellation);
        using var cancel = new CancellationTokenSource();
        Task<GenerationResult>[] behind =
            [.. Enumerable.Range(0, waiting).Select(_ => engine.CompleteAsync(Request("x", Some), cancel.Token))];
        runner.Permit(59);
        for (int step = 0; step < 58; step++) await runner.StepArrives(Cancellation);
        Assert.InRange(counting.Opened, 1, 2); // the first one, and one failed attempt for the second
        await cancel.CancelAsync();
        foreach (Task<GenerationResult> request in behind)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        runner.Permit(1000);
        Assert.Equal(60, (await first).Tokens.Length);
    }

    [Fact]
    public async Task ASmallerRequestReplacesACancelledOne()
    {
        // The K/V pool of this runner has room for one large and one small sequence.
        var pool = new PoolRunner(CpuRunner(), positions: 150);
        var runner = new GatedRunner(pool, permits: 0);
        using PlannedDiffusionEngine engine = Around(runner);
        using var cancel = new CancellationTokenSource();
        Task<GenerationResult> first =
            engine.CompleteAsync(Request("one", Some with { MaxNewTokens = 97 }), Cancellation);
        await runner.StepArrives(Cancellation);
        Task<GenerationResult> large =
            engine.CompleteAsync(Request("two", Some with { MaxNewTokens = 97 }), cancel.Token);
        Task<GenerationResult> small =
            engine.CompleteAsync(Request("x", Some with { MaxNewTokens = 5 }), Cancellation);
        runner.Permit(2);
        await runner.StepArrives(Cancellation);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        runner.Permit(10);
        Assert.Equal(5, (await small).Tokens.Length);
        Assert.False(first.IsCompleted);
        runner.Permit(1000);
        Assert.Equal(97, (await first).Tokens.Length);
    }

    private static Task Start(
        PlannedDiffusionEngine engine, Way way, CancellationToken token, CancellationToken other) => way switch
        {
            Way.Complete => engine.CompleteAsync(Request("say", Some), token),
            Way.Generate => Read(engine.GenerateAsync(Request("say", Some), token)),
            Way.GenerateWithTwoTokens =>
                Read(engine.GenerateAsync(Request("say", Some), token).WithCancellation(other)),
            Way.EnumerateWithToken =>
                Read(engine.GenerateAsync(Request("say", Some), other).WithCancellation(token)),
            Way.GenerateText => Read(engine.GenerateTextAsync(Request("say", Some), token)),
            _ => Read(engine.GenerateTextAsync(Request("say", Some), other).WithCancellation(token)),
        };

    private static Task Read<T>(IAsyncEnumerable<T> events) => Read(events.WithCancellation(default));

    private static async Task Read<T>(ConfiguredCancelableAsyncEnumerable<T> events)
    {
        await foreach (T _ in events)
        {
        }
    }

    /// <summary>Counts requested sequences.</summary>
    private sealed class OpeningRunner(IModelRunner inner) : ForwardingRunner(inner)
    {
        public int Opened { get; private set; }

        public override int OpenSequence(int capacity)
        {
            Opened++;
            return base.OpenSequence(capacity);
        }
    }
}
