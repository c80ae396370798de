using PlannedDiffusion.Bench.Virtual;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>Requests that share an engine, in the time of a device that is only a table of step times.</summary>
public sealed class EngineSchedulingTests
{
    private const string Round = "<promise>-<topic>a 4</topic><promise>-<topic>b 3</topic><promise>-<topic>c 4</topic>"
        + "<promise>-<topic>d 2</topic><promise>-<topic>e 4</topic><|im_end|>"; // tens of tokens

    private static readonly SchedulingOptions WithoutPatience = new() { PatienceRows = 0 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static GenerationRequest Endless => Request("say", new GenerationOptions
    {
        Decoding = new AutoregressiveOptions(),
        MaxNewTokens = 3000,
        Experiment = new ExperimentOptions { IgnoreEnd = true },
    });

    private static GenerationRequest PlannedAnswer => Request("say", Planned(Round) with { MaxLength = 900 });

    /// <summary>180 rows in each of 160 steps.</summary>
    private static GenerationRequest Diffusion => new()
    {
        PromptTokens = [.. Enumerable.Repeat(40, 20)],
        Options = new GenerationOptions
        {
            Decoding = new DiffusionOptions { StepsRatio = 1 },
            MaxNewTokens = 160,
        },
    };

    /// <summary>A gap is the time from a row of the answer that is written token by token to the next.</summary>
    [Theory]
    [InlineData("h200")]
    [InlineData("h200-goal")]
    public async Task BesideDiffusionAnAnswerIsWrittenAtHalfItsSpeedAtLeast(string table)
    {
        StepTimes times = StepTables.Find(table);
        List<TimeSpan> gaps = await Gaps(times, WithoutPatience);
        Assert.InRange(gaps[(int)(0.99 * gaps.Count)], times[181], 2 * times[1]);
        gaps = await Gaps(times, WithoutPatience with { StretchPerStep = double.PositiveInfinity });
        Assert.Equal(times[361], gaps[(int)(0.99 * gaps.Count)]); // both at once
        gaps = await Gaps(times, new SchedulingOptions { Patience = TimeSpan.FromSeconds(0.5) });
        Assert.Equal((times[181], times[361]), (gaps[0], gaps[^1])); // once the second has waited
    }

    /// <summary>Where rows are dear, planned answers and those that are written token by token share time.</summary>
    [Theory]
    [InlineData("cpu")]
    [InlineData("cpu-0.5b")]
    public async Task OnACpuAPlannedAnswerTakesAtMostTwiceItsTimeAlone(string table)
    {
        StepTimes times = StepTables.Find(table);
        TimeSpan alone = await Time(times, new SchedulingOptions(), null, PlannedAnswer, []);
        var gaps = new List<TimeSpan>();
        TimeSpan beside = await Time(times, new SchedulingOptions(), Endless, PlannedAnswer, gaps);
        Assert.InRange(beside / alone, 1, 2);
        Assert.InRange(gaps.Max(), times[40], times[43]); // one span of 40 tokens
        var free = new SchedulingOptions { StretchPerStep = double.PositiveInfinity };
        await Time(times, free, Endless, PlannedAnswer, gaps);
        Assert.InRange(gaps.Max(), times[170], times[200]);
    }

    [Fact]
    public async Task ALongPromptDoesNotHoldUpAnAnswer()
    {
        StepTimes times = StepTables.H200;
        GenerationRequest prompt = Endless with { Prompt = null, PromptTokens = [.. Enumerable.Repeat(40, 1000)] };
        prompt = prompt with { Options = prompt.Options with { MaxNewTokens = 5 } };
        var gaps = new List<TimeSpan>();
        await Time(times, new SchedulingOptions(), Endless, prompt, gaps);
        Assert.InRange(gaps.Max(), times[2], 2.1 * times[1]);
        await Time(
            times, new SchedulingOptions { MinPrefillRows = 512, MaxPrefillRows = 512 }, Endless, prompt, gaps);
        Assert.Equal(times[513], gaps.Max());
    }

    /// <summary>Although no step has few rows, it is known how many a step may have.</summary>
    [Theory]
    [InlineData(64)]
    [InlineData(150)]
    public async Task ManyWritersFromTheFirstStepOnAreMeasured(int writers)
    {
        var clock = new VirtualClock();
        var limits = new RunnerLimits { MaxRowsPerStep = 1024, MaxPositions = 400, MaxSequences = writers };
        var runner = new GatedRunner(new VirtualRunner(Config, limits, StepTables.H200, clock, token: 40), permits: 0);
        var options = new EngineOptions { Clock = clock, Queue = QueueOptions.Unbounded };
        using PlannedDiffusionEngine engine = Around(runner, options);
        GenerationRequest request = Endless with { Prompt = null, PromptTokens = [.. Enumerable.Repeat(40, 200)] };
        request = request with { Options = request.Options with { MaxNewTokens = 100 } };
        Task[] all = [.. Enumerable.Range(0, writers).Select(_ => engine.CompleteAsync(request, Cancellation))];
        runner.Permit(100_000);
        await Task.WhenAll(all);
        Assert.InRange(engine.Status.RowBudget, 128, 448);
    }

    /// <summary>The longest gap beside two diffusions, in order.</summary>
    private static async Task<List<TimeSpan>> Gaps(StepTimes times, SchedulingOptions scheduling)
    {
        var gaps = new List<TimeSpan>();
        await Time(times, scheduling, Endless, Diffusion, gaps, count: 2);
        gaps.Sort();
        return gaps;
    }

    /// <summary>The time that a request takes, several times at once, beside another that has begun before.</summary>
    private static async Task<TimeSpan> Time(
        StepTimes times, SchedulingOptions scheduling, GenerationRequest? other, GenerationRequest request,
        List<TimeSpan> gaps, int count = 1)
    {
        var clock = new VirtualClock();
        var limits = new RunnerLimits { MaxRowsPerStep = 1024, MaxPositions = 4096, MaxSequences = 4 };
        var runner = new VirtualRunner(Config with { MaxPositions = 4096 }, limits, times, clock, token: 40);
        using PlannedDiffusionEngine engine =
            Around(runner, new EngineOptions { Clock = clock, Scheduling = scheduling });
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        TimeSpan begin = 100 * times[1], last = TimeSpan.Zero;
        int closed = 0;
        gaps.Clear();
        runner.Closed = _ => closed++;
        runner.Stepping = step =>
        {
            if (closed < count && last > begin) gaps.Add(clock.Now - last);
            last = step.Unmask.ToArray().Any(group => group.Rule == UnmaskRule.All && group.Sequence == 1)
                ? clock.Now
                : last;
        };
        if (other is null) return await Ended();
        var ended = new TaskCompletionSource<TimeSpan>();
        clock.At(begin, () => _ = Finish());
        Task<GenerationResult> endless = engine.CompleteAsync(other, cancel.Token);
        TimeSpan time = await ended.Task;
        await cancel.CancelAsync();
        await endless.ContinueWith(_ => { }, Cancellation, TaskContinuationOptions.None, TaskScheduler.Default);
        return time;

        async Task Finish()
        {
            try
            {
                ended.SetResult(await Ended());
            }
            catch (Exception error)
            {
                ended.SetException(error);
            }
        }

        async Task<TimeSpan> Ended()
        {
            GenerationResult[] all = await Task.WhenAll(
                Enumerable.Range(0, count).Select(_ => engine.CompleteAsync(request, Cancellation)));
            return all.Max(result =>
                result.CriticalPath.Times[^1].Start + result.CriticalPath.Times[^1].Duration);
        }
    }
}
