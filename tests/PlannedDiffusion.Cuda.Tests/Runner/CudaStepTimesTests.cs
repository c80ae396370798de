using System.Diagnostics;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.RunnerSteps;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Cuda.Tests.Runner;

/// <summary>Steps timed with events, and the passes that take their times.</summary>
public sealed class CudaStepTimesTests(TestDevice device) : CudaTests(device)
{
    private static readonly CudaSetup Timed = CudaRunners.Exact with { Limits = Limits, TimeSteps = true };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void NothingIsTimedUnlessAskedFor()
    {
        using CudaModelRunner runner = Runner(Timed with { TimeSteps = false });
        Assert.Null(runner.StepClock);
        using PlannedDiffusionEngine engine = Around(Runner(Timed with { TimeSteps = false }));
        Assert.False(engine.TimesSteps);
    }

    /// <summary>More steps than events, none of them waited for; then all are known, in order.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void EveryStepIsKnownOnceSomethingBehindItWasRead(bool graphs)
    {
        using CudaModelRunner runner = Runner(Timed with { UseGraphs = graphs });
        IStepClock clock = runner.StepClock!;
        int sequence = runner.OpenSequence(100);
        runner.WriteTokens(sequence, 0, [.. Enumerable.Repeat(runner.Config.MaskTokenId!.Value, 80)]);
        ForwardStep step = EveryKindOfWork(sequence, count: 1);
        const int steps = 45;
        for (int i = 0; i < steps; i++)
        {
            Assert.Equal(i, clock.Steps);
            runner.Forward(step);
        }

        runner.Forward(new ForwardStep()); // without rows it is none
        Assert.Equal(steps, clock.Steps);
        runner.ReadTokens(sequence, 0, new int[80]);
        StepTime before = default;
        for (int i = 0; i < steps; i++)
        {
            Assert.True(clock.TryGetTime(i, out StepTime time), $"step {i}");
            Assert.InRange(time.Begin, Math.Max(1, before.End), time.End);
            Assert.True(clock.TryGetTime(i, out StepTime again));
            Assert.Equal(time, again);
            before = time;
        }

        Assert.False(clock.TryGetTime(steps, out _));
        Assert.False(clock.TryGetTime(-1, out _));
    }

    /// <summary>
    /// Three events a step (begin, the copy of its tables, end), each a microsecond further from the last: a step is
    /// six microseconds longer than the one before, and would not be if any other events were compared.
    /// </summary>
    [Fact]
    public void AStepIsAsLongAsItsOwnEventsAreApart()
    {
        Simulator driver = Simulator.Require(Device);
        driver.PaceEvents(true);
        try
        {
            using CudaModelRunner runner = Runner(Timed);
            int sequence = runner.OpenSequence(100);
            runner.WriteTokens(sequence, 0, new int[80]);
            ForwardStep step = EveryKindOfWork(sequence);
            for (int i = 0; i < 25; i++) runner.Forward(step);
            runner.ReadTokens(sequence, 0, new int[80]);
            double microsecond = Stopwatch.Frequency / 1e6;
            double first = Length(0) / microsecond;
            Assert.Equal(Math.Round(first), first, 2e-3);
            for (int i = 1; i < 25; i++) Assert.Equal(first + (6 * i), Length(i) / microsecond, 2e-3);

            long Length(int number)
            {
                Assert.True(runner.StepClock!.TryGetTime(number, out StepTime time));
                return time.End - time.Begin;
            }
        }
        finally
        {
            driver.PaceEvents(false);
        }
    }

    /// <summary>The steps of a schedule, which nobody reads one by one, do not share their time.</summary>
    [Fact]
    public async Task PassesOfAScheduleHaveEachTheirOwnTime()
    {
        Simulator driver = Simulator.Require(Device);
        driver.PaceEvents(true);
        try
        {
            using PlannedDiffusionEngine engine = Around(Runner(Timed));
            var options = new GenerationOptions { Decoding = new DiffusionOptions(), MaxNewTokens = 20 };
            CriticalPath path = (await engine.CompleteAsync(Request("a prompt", options), Cancellation)).CriticalPath;
            double[] lengths = [.. path.Times.Select(time => time.Duration.TotalMicroseconds)];
            Assert.Equal(20, lengths.Length);
            for (int i = 1; i < lengths.Length; i++) Assert.Equal(lengths[0] + (6 * i), lengths[i], 0.21);
        }
        finally
        {
            driver.PaceEvents(false);
        }
    }

    /// <summary>A step that was refused has no time, and takes nobody's.</summary>
    [Fact]
    public void ARefusedStepIsNotCounted()
    {
        using CudaModelRunner runner = Runner(Timed);
        int sequence = runner.OpenSequence(100);
        runner.WriteTokens(sequence, 0, new int[80]);
        var wrong = new ForwardStep();
        wrong.AddRows(sequence, new TokenRange(90, 110), AttentionRange.CausalFrom(90, 110));
        runner.Forward(EveryKindOfWork(sequence));
        Assert.Throws<ArgumentException>(() => runner.Forward(wrong));
        runner.Forward(EveryKindOfWork(sequence));
        Assert.Equal(2, runner.StepClock!.Steps);
        runner.ReadTokens(sequence, 0, new int[80]);
        Assert.True(runner.StepClock.TryGetTime(1, out _));
    }

    [Theory]
    [InlineData(DecoderKind.PlannedSparse)]
    [InlineData(DecoderKind.Autoregressive)]
    [InlineData(DecoderKind.Diffusion)]
    [InlineData(DecoderKind.FastDllm)]
    public async Task EveryPassHasItsOwnTime(DecoderKind decoder)
    {
        using PlannedDiffusionEngine engine = Around(Runner(Timed));
        Assert.True(engine.TimesSteps);
        GenerationOptions options = Planned(CudaEngineTests.Plan).As(decoder) with { MaxNewTokens = 24 };
        CriticalPath path = (await engine.CompleteAsync(Request("a prompt", options), Cancellation)).CriticalPath;
        Assert.True(path.Times.Length > 5);
        AssertTimed(path, passesThatNobodyRead: 0);
    }

    /// <summary>Nobody reads the token that ends a given plan: its pass may not be over by then.</summary>
    [Fact]
    public async Task APassThatNobodyReadsEndsWithTheRequest()
    {
        using PlannedDiffusionEngine engine = Around(Runner(Timed));
        GenerationOptions options = Planned(CudaEngineTests.Plan.Replace("<|im_end|>", "<sync/>"), "<|im_end|>");
        CriticalPath path = (await engine.CompleteAsync(Request("a prompt", options), Cancellation)).CriticalPath;
        AssertTimed(path, passesThatNobodyRead: 1);
    }

    [Fact]
    public async Task RequestsSideBySideHaveTheTimesOfTheStepsTheyShare()
    {
        using PlannedDiffusionEngine engine = Around(Runner(Timed));
        GenerationResult[] all = await Task.WhenAll(Enumerable.Range(0, 5).Select(i =>
            engine.CompleteAsync(Request($"say {i}", Planned(CudaEngineTests.Plan)), Cancellation)));
        foreach (GenerationResult result in all) AssertTimed(result.CriticalPath, passesThatNobodyRead: 0);
    }

    private static void AssertTimed(CriticalPath path, int passesThatNobodyRead)
    {
        Assert.Equal(path.Passes.Length, path.Times.Length);
        TimeSpan end = path.Queued;
        foreach ((int i, PassTime time) in path.Times.Index())
        {
            Assert.True(time.OnDevice || i >= path.Times.Length - passesThatNobodyRead, $"pass {i}");
            foreach (TimeSpan part in (TimeSpan[])[time.Host, time.Waiting, time.Duration])
                Assert.InRange(part, TimeSpan.Zero, TimeSpan.MaxValue);
            Assert.Equal(end + time.Host + time.Waiting, time.Start);
            end = time.Start + time.Duration;
        }
    }

    private CudaModelRunner Runner(CudaSetup options)
    {
        _ = Device.Device;
        using ModelWeights weights = TinyModels.InMemory(Config);
        return CudaRunners.Create(weights, options);
    }
}
