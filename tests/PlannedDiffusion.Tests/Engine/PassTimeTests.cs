using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>The times of a request's passes follow each other without a gap.</summary>
public sealed class PassTimeTests
{
    private const string First = "x<promise>-<topic>uno 1</topic><promise>-<topic>due 2</topic><sync/>";
    private const string Second = "<promise>-<topic>tre 1</topic><|im_end|>";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(DecoderKind.Planned, false, false)]
    [InlineData(DecoderKind.Planned, true, false)]
    [InlineData(DecoderKind.Planned, true, true)]
    [InlineData(DecoderKind.Autoregressive, false, true)]
    [InlineData(DecoderKind.Autoregressive, true, false)]
    [InlineData(DecoderKind.Diffusion, true, true)]
    [InlineData(DecoderKind.FastDllm, true, false)]
    public async Task TimesFollowOneAnother(DecoderKind decoder, bool ahead, bool listen)
    {
        using PlannedDiffusionEngine engine = Around(Device(ReferenceRunner(), ahead));
        GenerationOptions options = Planned(First, Second).As(decoder) with { MaxNewTokens = 90 };
        AssertOneAfterTheOther(await Answer(engine, Request("say", options), listen));
    }

    [Fact]
    public async Task TimesOfConcurrentRequestsFollowOneAnother()
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        Task<GenerationResult>[] all = [.. Enumerable.Range(0, 5).Select(i =>
            engine.CompleteAsync(Request($"say {i}", Planned(First, Second)), Cancellation))];
        foreach (GenerationResult result in await Task.WhenAll(all)) AssertOneAfterTheOther(result);
    }

    /// <summary>Everything that a result tells of time comes from the engine's clock.</summary>
    [Fact]
    public async Task TimesAreThoseOfTheEnginesClock()
    {
        var clock = new ManualTime();
        using PlannedDiffusionEngine engine =
            Around(new SteadyRunner(ReferenceRunner(), clock), new EngineOptions { Clock = clock });
        GenerationResult result = await engine.CompleteAsync(Request("say", Planned(First, Second)), Cancellation);
        CriticalPath path = result.CriticalPath;
        TimeSpan[] starts = [.. Enumerable.Range(0, path.Passes.Length).Select(pass => pass * SteadyRunner.Step)];
        Assert.Equal(starts, path.Times.Select(time => time.Start));
        Assert.All(path.Times, time => Assert.Equal(SteadyRunner.Step, time.Duration));
        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (path.Queued, path.Finishing));
    }

    /// <summary>A device's clock may have any offset and know only some steps: times stay in order.</summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 3)]
    [InlineData(long.MaxValue / 2, long.MaxValue)]
    public async Task TimesFollowOneAnotherForAnyDeviceTimes(long begin, long end)
    {
        using PlannedDiffusionEngine engine = Around(new ClockedRunner(Device(ReferenceRunner(), true), begin, end));
        Assert.True(engine.TimesSteps);
        Task<GenerationResult>[] all = [.. Enumerable.Range(0, 3).Select(i =>
            engine.CompleteAsync(Request($"say {i}", Planned(First, Second)), Cancellation))];
        foreach (GenerationResult result in await Task.WhenAll(all))
        {
            AssertOneAfterTheOther(result);
            Assert.Contains(result.CriticalPath.Times, time => time.OnDevice);
            Assert.Contains(result.CriticalPath.Times, time => !time.OnDevice);
        }
    }

    [Fact]
    public async Task TimesAddUpByStageAndByPrefix()
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        CriticalPath path = (await engine.CompleteAsync(Request("say", Planned(First, Second)), Cancellation))
            .CriticalPath;
        var all = new PathTimes(path);
        Assert.Equal(path.Passes.Length, all.Passes);
        Assert.Equal(path.Rows, all.Rows);
        foreach ((DecodingStage stage, StageTime time) in all.Stages) Assert.Equal(path.Count(stage), time.Passes);
        double outside = (path.Queued + path.Finishing).TotalSeconds;
        Assert.Equal(all.Seconds, outside + path.Time().Values.Sum(time => time.TotalSeconds), 1e-9);
        var some = new PathTimes(path, 9);
        Assert.Equal(9, some.Passes);
        Assert.Equal(path.Passes.Take(9).Sum(pass => (long)pass.Rows), some.Rows);
    }

    /// <summary>Without an ending token, an answer has the requested length.</summary>
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 20)]
    public async Task AnAnswerMayHaveNoEnd(bool ignore, int passes)
    {
        using PlannedDiffusionEngine engine = Around(new ScriptedRunner(ReferenceRunner(), _ => Tags.End));
        var options = new GenerationOptions
        {
            Decoding = new AutoregressiveOptions(),
            MaxNewTokens = 20,
            Experiment = new ExperimentOptions { IgnoreEnd = ignore },
        };
        GenerationResult result = await engine.CompleteAsync(Request("say", options), Cancellation);
        Assert.Equal(passes, result.CriticalPath.Passes.Length);
    }

    private static async Task<GenerationResult> Answer(
        PlannedDiffusionEngine engine, GenerationRequest request, bool listen)
    {
        if (!listen) return await engine.CompleteAsync(request, Cancellation);
        var last = (Completed)await engine.GenerateAsync(request, Cancellation).LastAsync(Cancellation);
        return last.Result;
    }

    private static void AssertOneAfterTheOther(GenerationResult result)
    {
        CriticalPath path = result.CriticalPath;
        Assert.Equal(path.Passes.Length, path.Times.Length);
        Assert.True(path.Passes.Length > 10);
        Assert.InRange(path.Finishing, TimeSpan.FromTicks(1), TimeSpan.MaxValue);
        TimeSpan end = path.Queued;
        foreach (PassTime time in path.Times)
        {
            Assert.InRange(time.Host, TimeSpan.Zero, TimeSpan.MaxValue);
            Assert.InRange(time.Waiting, TimeSpan.Zero, TimeSpan.MaxValue);
            Assert.InRange(time.Duration, TimeSpan.Zero, TimeSpan.MaxValue);
            Assert.Equal(end + time.Host + time.Waiting, time.Start);
            end = time.Start + time.Duration;
        }
    }

    /// <summary>A runner with the same time for every step, and no time for every third.</summary>
    private sealed class ClockedRunner(IModelRunner inner, long begin, long end) : ForwardingRunner(inner)
    {
        private readonly WrittenSteps _steps = new();

        public override IStepClock StepClock => _steps;

        public override void Forward(ForwardStep step)
        {
            base.Forward(step);
            if (_steps.Steps % 3 != 2) _steps.Write(_steps.Steps, begin, end);
            _steps.Queue();
        }
    }

    /// <summary>Each step moves the clock by as much.</summary>
    private sealed class SteadyRunner(IModelRunner inner, ManualTime clock) : ForwardingRunner(inner)
    {
        public static TimeSpan Step { get; } = TimeSpan.FromMilliseconds(7);

        public override void Forward(ForwardStep step)
        {
            base.Forward(step);
            clock.Advance(Step);
        }
    }
}
