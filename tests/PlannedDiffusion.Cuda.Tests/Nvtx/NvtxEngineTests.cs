using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Cuda.Steps;
using PlannedDiffusion.Cuda.Tests.Runner;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Cuda.Tests.Nvtx;

/// <summary>What a profiler sees of an engine.</summary>
public sealed class NvtxEngineTests(TestDevice device) : CudaTests(device)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryStepIsARangeNamedByItsStages()
    {
        var recorder = new NvtxRecorder();
        var runner = new WatchedRunner(Runner(recorder));
        GenerationResult result;
        using (PlannedDiffusionEngine engine = Around(runner))
        {
            string again = "<promise>-<topic>c 1</topic><promise>-<topic>d 1</topic><|im_end|>";
            GenerationOptions options = Planned(CudaEngineTests.Plan.Replace("<|im_end|>", "<sync/>"), again);
            result = await engine.CompleteAsync(Request("say", options), Cancellation);
        }

        NvtxEvent[] events = recorder.Take();
        List<Seen> ranges = Nested(events);
        Seen[] steps = [.. ranges.Where(range => range.Depth == 0 && range.Name != "#read")];
        Assert.Equal(
            runner.Steps.Select(step => ($"#{Name(step.Stages)}", step.Rows)), steps.Select(step => step.What));
        Assert.Equal(result.CriticalPath.Passes.Length + result.CriticalPath.SurplusPasses, steps.Length);
        Assert.Equal(
            result.CriticalPath.Passes.Select(pass => $"#{pass.Stage.ToString().ToLowerInvariant()}").Distinct(),
            steps.Select(step => step.Name).Distinct());
        Assert.Equal(["#prefill", "#plan", "#denoise", "#sync"], steps.Select(step => step.Name).Distinct());

        // Inside of steps: graphs, each captured once. Beside them: where the host waits.
        Assert.All(ranges.Where(range => range.Depth == 1), inner => Assert.Equal("#capture", inner.Name));
        Assert.InRange(ranges.Count(range => range.Depth == 1), 1, steps.Length - 1);
        Assert.All(ranges, range => Assert.InRange(range.Depth, 0, 1));
        Assert.Contains(ranges, range => range is { Name: "#read", Depth: 0 });
        Assert.All(events, happened => Assert.Equal((0, NvtxRanges.Domain), (happened.Thread, happened.Domain)));
    }

    [Fact]
    public async Task RequestsInDifferentStagesShareOneRangeAndHaveTheirOwn()
    {
        var recorder = new NvtxRecorder();
        var runner = new GatedRunner(Runner(recorder), permits: 0);
        using (PlannedDiffusionEngine engine = Around(runner))
        {
            Task<GenerationResult> first = engine.CompleteAsync(
                Request("one prompt", Planned(CudaEngineTests.Plan)), Cancellation);
            await runner.StepArrives(Cancellation);
            var options = new GenerationOptions
            {
                Decoding = new AutoregressiveOptions(),
                MaxNewTokens = 5,
                Experiment = new ExperimentOptions { IgnoreEnd = true },
            };
            Task<GenerationResult> second = engine.CompleteAsync(Request("and another", options), Cancellation);
            runner.Permit(10_000);
            await Task.WhenAll(first, second);
        }

        NvtxEvent[] events = recorder.Take();
        string[] steps = [.. Nested(events).Where(range => range.Depth == 0).Select(range => range.Name)];
        Assert.Equal("#prefill", steps[0]);
        Assert.Contains("#prefill + plan", steps);
        Assert.Contains("#autoregressive + plan", steps);
        NvtxEvent[] opened = [.. events.Where(happened => happened.Kind == "start")];
        Assert.Equal(
            [("sequence 1", 250L), ("sequence 2", 5 + Tokenizer.Encode("and another").Length)],
            opened.Select(start => (start.Name, start.Number)));
        Assert.Equal([1, 2], events.Where(happened => happened.Kind == "end").Select(end => end.Number).Order());
        // They overlap, as no ranges of one thread could.
        Assert.True(Array.IndexOf(events, opened[1]) < Array.FindIndex(events, happened => happened.Kind == "end"));
    }

    /// <summary>In a step, and in the capture of its graph.</summary>
    [Theory]
    [InlineData("cuGraphLaunch", 4, "#plan", 0)]
    [InlineData("cuGraphInstantiateWithFlags", 1, "#capture", 1)]
    public async Task AFailureClosesItsRanges(string function, int nth, string name, int depth)
    {
        Simulator driver = Simulator.Require(Device);
        var recorder = new NvtxRecorder();
        using PlannedDiffusionEngine engine = Around(Runner(recorder));
        driver.Fail(function, nth, CudaResult.LaunchFailed);
        GenerationOptions options = Planned(CudaEngineTests.Plan).WithDrafts(false); // steps of one size
        var fault = await Assert.ThrowsAsync<EngineFaultedException>(
            () => engine.CompleteAsync(Request("say", options), Cancellation));
        driver.Reset();
        Assert.Equal(function, Assert.IsType<CudaException>(fault.InnerException).Call);
        NvtxEvent[] events = recorder.Take();
        Seen last = Nested(events)[^1];
        Assert.Equal((name, depth), (last.Name, last.Depth));
        Assert.Equal(["start", "end"], from happened in events
                                       where happened.Kind is "start" or "end"
                                       select happened.Kind);
    }

    [Fact]
    public void AFailedReadClosesItsRange()
    {
        Simulator driver = Simulator.Require(Device);
        var recorder = new NvtxRecorder();
        using CudaModelRunner runner = Runner(recorder);
        int ticket = runner.BeginReadTokens(runner.OpenSequence(31), 0, 7);
        recorder.Take();
        driver.Fail("cuEventSynchronize", 1, CudaResult.LaunchFailed);
        Assert.Throws<CudaException>(() => runner.EndRead(ticket, new int[7]));
        driver.Reset();
        Assert.Equal([("#read", 7L)], Nested(recorder.Take()).Select(range => range.What));
    }

    [Fact]
    public void ARefusedStepClosesItsRange()
    {
        var recorder = new NvtxRecorder();
        using (CudaModelRunner runner = Runner(recorder))
        {
            var step = new ForwardStep { Stages = StepStages.Denoise };
            step.AddRows(99, new TokenRange(0, 7), AttentionRange.CausalFrom(0, 7));
            Assert.Throws<ArgumentException>(() => runner.Forward(step));
            Assert.Equal([("#denoise", 7L)], Nested(recorder.Take()).Select(range => range.What));
            runner.OpenSequence(31);
        }

        Assert.Equal(["start", "end"], recorder.Take().Select(happened => happened.Kind)); // disposing ended it
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AStepAllocatesNothing(bool watched)
    {
        using CudaModelRunner runner = Runner(watched ? new NvtxRecorder() : null);
        var step = new ForwardStep { Stages = StepStages.Plan | StepStages.Denoise };
        int sequence = runner.OpenSequence(100);
        step.AddRows(sequence, new TokenRange(0, 64), AttentionRange.CausalFrom(0, 64));
        var token = new int[1];
        long least = long.MaxValue; // a collection beside the test ends the allocation buffer, which counts as used
        for (int attempt = 0; attempt < 7; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            runner.Forward(step);
            runner.ReadTokens(sequence, 0, token);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    private CudaModelRunner Runner(NvtxRecorder? recorder)
    {
        _ = Device.Device;
        using ModelWeights weights = TinyModels.InMemory(Config);
        CudaSetup setup = CudaRunners.Exact with { Limits = Limits };
        CudaModelRunner runner = CudaModelRunner.Create(weights, setup.Runner, setup.Cuda, recorder?.Ranges);
        Assert.Empty(recorder?.Take() ?? []);
        return runner;
    }

    private static string Name(StepStages stages) => StepRanges.Names().ElementAt((int)stages);

    /// <summary>Ranges of threads in the order in which they opened; each is closed.</summary>
    private static List<Seen> Nested(NvtxEvent[] events)
    {
        var ranges = new List<Seen>();
        int depth = 0;
        foreach (NvtxEvent happened in events)
        {
            if (happened.Kind == "push") ranges.Add(new Seen(happened.Name, happened.Number, depth++));
            if (happened.Kind == "pop") depth--;
            Assert.True(depth >= 0);
        }

        Assert.Equal(0, depth);
        return ranges;
    }

    private sealed record Seen(string Name, long Number, int Depth)
    {
        public (string, long) What => (Name, Number);
    }

    /// <summary>Notes what the engine asks for.</summary>
    private sealed class WatchedRunner(IModelRunner inner) : ForwardingRunner(inner)
    {
        public List<(StepStages Stages, long Rows)> Steps { get; } = [];

        public override void Forward(ForwardStep step)
        {
            Steps.Add((step.Stages, step.RowCount));
            base.Forward(step);
        }
    }
}
