using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Runner;

/// <summary>Too little memory is named, and everything is given back.</summary>
public sealed class CudaMemoryTests(TestDevice device) : CudaTests(device)
{
    [Fact]
    public void LoadingTwentyTimesLeavesNothingBehind()
    {
        Simulator driver = Simulator.Require(Device);
        using ModelWeights weights = TinyModels.InMemory(TinyModels.Config(layers: 1));
        long before = driver.LiveObjects;
        (long free, _) = Device.Device.Memory();
        for (int i = 0; i < 20; i++)
        {
            CudaSetup options = CudaRunners.Exact with { TimeSteps = i % 4 > 1 };
            using CudaModelRunner runner = CudaRunners.Create(weights, options);
            int sequence = runner.OpenSequence(20);
            runner.WriteTokens(sequence, 0, [1, 2, 3]);
            var step = new ForwardStep();
            step.AddRows(sequence, new TokenRange(0, 3), AttentionRange.CausalFrom(0, 3));
            step.AddLogits(sequence, new TokenRange(2, 3));
            runner.Forward(step);
            if (i % 2 == 0) runner.ReadLogits(0, new float[512]); // else it is disposed while the step is under way
        }

        Assert.Equal(before, driver.LiveObjects);
        Assert.Equal(free, Device.Device.Memory().Free);
    }

    [Theory]
    [InlineData(1, "layers.0.input_layernorm.weight")]
    [InlineData(2, "layers.0.self_attn.q_proj.weight + model.layers.0.self_attn.k_proj.weight")]
    [InlineData(13, "layers.1.mlp.gate_proj.weight")]
    [InlineData(16, "lm_head.weight")]
    public void AnAllocationOfWeightsThatFailsIsNamedWithTheTotal(int allocation, string tensor)
    {
        Simulator driver = Simulator.Require(Device);
        using ModelWeights weights = TinyModels.InMemory(TinyModels.Config());
        long before = driver.LiveObjects, total;
        using (CudaModelRunner runner = CudaRunners.Create(weights)) total = runner.WeightBytes;
        driver.Fail("cuMemAlloc_v2", allocation, CudaResult.OutOfMemory);
        var refusal = Assert.Throws<RunnerCapacityException>(() => CudaRunners.Create(weights));
        Assert.Contains(tensor, refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"all weights need {total:N0}", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.Equal(before, driver.LiveObjects);
    }

    /// <summary>Behind the weights come the buffers of steps and the pool; the driver's message and ours say which.
    /// </summary>
    [Fact]
    public void EveryOtherAllocationThatFailsIsNamedToo()
    {
        Simulator driver = Simulator.Require(Device);
        using ModelWeights weights = TinyModels.InMemory(TinyModels.Config(layers: 1));
        driver.Reset();
        using (CudaModelRunner runner = CudaRunners.Create(weights))
        {
        }

        long before = driver.LiveObjects, calls = driver.Calls("cuMemAlloc_v2");
        const int ofWeights = 7 + 3;
        Assert.InRange(calls, ofWeights + 15, 100);
        var named = new HashSet<string>();
        for (int call = ofWeights + 1; call <= calls; call++)
        {
            driver.Fail("cuMemAlloc_v2", call, CudaResult.OutOfMemory);
            var failure = Assert.Throws<CudaException>(() => CudaRunners.Create(weights));
            Assert.Contains(" needs ", failure.Message, StringComparison.Ordinal);
            Assert.Contains(" are free", failure.Message, StringComparison.Ordinal);
            named.Add(failure.Message);
            Assert.Equal(before, driver.LiveObjects);
        }

        foreach (string what in (string[])["logits", "keys and values", "rotary table", "counters of groups"])
            Assert.Contains(named, message => message.Contains(what, StringComparison.Ordinal));
    }

    [Fact]
    public void APoolThatDoesNotFitIsNamed()
    {
        using ModelWeights weights = TinyModels.InMemory(TinyModels.Config());
        (long free, _) = Device.Device.Memory();
        int positions = (int)Math.Min(int.MaxValue, free / 512); // one takes 2 * 2 * 2 * 16 * 4 bytes and two words
        CudaSetup options = CudaRunners.Exact with { KvPoolPositions = positions };
        var refusal = Assert.Throws<RunnerCapacityException>(() => CudaRunners.Create(weights, options));
        Assert.Contains($"{positions:N0} positions", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"{positions * 520L:N0} bytes", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void APoolIsReducedToWhatFits()
    {
        using ModelWeights weights = TinyModels.InMemory(TinyModels.Config());
        (long free, _) = Device.Device.Memory();
        var many = new RunnerLimits
        {
            MaxRowsPerStep = 16,
            MaxSequences = 1 << 16,
            MaxPositions = (int)(free / 520 / 1000),
            MaxGroupsPerSequence = 1,
        };
        Assert.SkipUnless(free < 1L << 36, "A pool that fills this device takes too long to make.");
        using CudaModelRunner runner = CudaRunners.Create(weights, CudaRunners.Exact with { Limits = many });
        Assert.InRange(runner.KvPoolPositions, free / 520 / 2, free / 520);
        Assert.InRange(runner.KvPoolBytes, free / 2, free);
    }

    [Fact]
    public void ASequenceThatDoesNotFitThePoolIsNamed()
    {
        _ = Device.Device;
        using ModelWeights weights = TinyModels.InMemory(TinyModels.Config());
        using CudaModelRunner runner = CudaRunners.Create(weights, CudaRunners.Exact with { KvPoolPositions = 100 });
        Assert.Equal(100, runner.KvPoolPositions);
        Assert.Equal(100, runner.Limits.MaxPositions);
        int first = runner.OpenSequence(30), second = runner.OpenSequence(40);
        runner.CloseSequence(first);
        var refusal = Assert.Throws<RunnerCapacityException>(() => runner.OpenSequence(31));
        foreach (string number in (string[])["31", "100", "60", "30 of them"])
            Assert.Contains(number, refusal.Message, StringComparison.Ordinal);
        runner.CloseSequence(second);
        runner.OpenSequence(100);
    }
}
