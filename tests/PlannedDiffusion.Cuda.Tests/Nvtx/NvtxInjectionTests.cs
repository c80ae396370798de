using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Cuda.Steps;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Nvtx;

/// <summary>Tools that attach, and tools that do not. A process has one at a time.</summary>
public sealed class NvtxInjectionTests(TestDevice device) : CudaTests(device)
{
    [Fact]
    public void AToolThatIsNotThereOrIsNoneIsPassedOver()
    {
        string refuses = NvtxRecorder.PathOf("nvtx_recorder_refuses");
        string other = Repository.PathTo("build", "tests", "cuda_sim", "libcuda_sim.so");
        string text = Repository.PathTo("README.md");
        Assert.Equal(NvtxAttachment.NoTool, NvtxInjection.Attach(null));
        Assert.Equal(NvtxAttachment.NoTool, NvtxInjection.Attach(""));
        Assert.Equal(NvtxAttachment.NoLibrary, NvtxInjection.Attach("/no/such/tool.so"));
        Assert.Equal(NvtxAttachment.NoLibrary, NvtxInjection.Attach(text));
        Assert.Equal(NvtxAttachment.NoEntryPoint, NvtxInjection.Attach(other));
        Assert.Equal(NvtxAttachment.Refused, NvtxInjection.Attach(refuses));
        Assert.Null(NvtxRanges.Attach(refuses));
    }

    [Fact]
    public unsafe void WhatAToolThatRefusedHasWrittenIsNotCalled()
    {
        var recorder = new NvtxRecorder();
        Assert.NotEqual(0, *NvtxTables.Function(NvtxModule.Core2, 4));
        Assert.Equal(NvtxAttachment.Refused, NvtxInjection.Attach(NvtxRecorder.PathOf("nvtx_recorder_refuses")));
        for (int entry = 1; entry < 16; entry++) Assert.Equal(0, *NvtxTables.Function(NvtxModule.Core2, entry));
        recorder.Ranges.Push(new NvtxName([0], 0), 1);
        recorder.Ranges.Pop();
        recorder.Ranges.End(recorder.Ranges.Start([0], 1));
        Assert.Empty(recorder.Take());
    }

    [Fact]
    public void RangesHaveADomainRegisteredNamesAndNumbers()
    {
        var recorder = new NvtxRecorder();
        NvtxName outer = recorder.Ranges.Register("outer"), inner = recorder.Ranges.Register("inner");
        ulong loose = recorder.Ranges.Start("loose\0"u8, -5);
        recorder.Ranges.Push(outer, long.MaxValue);
        recorder.Ranges.Push(inner, 0);
        recorder.Ranges.End(loose);
        recorder.Ranges.Pop();
        recorder.Ranges.Pop();
        const string Domain = NvtxRanges.Domain;
        Assert.Equal(
            [
                new("start", 0, Domain, "loose", -5),
                new("push", 0, Domain, "#outer", long.MaxValue),
                new("push", 0, Domain, "#inner", 0),
                new("end", 0, Domain, "", (long)loose),
                new("pop", 0, Domain, "", 0),
                new("pop", 0, Domain, "", 0),
            ],
            recorder.Take());
    }

    [Fact]
    public void AToolNeedNotKnowAllFunctions()
    {
        var recorder = new NvtxRecorder("nvtx_recorder_of_threads");
        NvtxName name = recorder.Ranges.Register("plan + denoise");
        ulong loose = recorder.Ranges.Start("loose\0"u8, 1);
        recorder.Ranges.Push(name, 2);
        recorder.Ranges.Pop();
        recorder.Ranges.End(loose);
        Assert.Equal([new("push", 0, "", "plan + denoise", 2), new("pop", 0, "", "", 0)], recorder.Take());
    }

    [Fact]
    public void EverySetOfStagesHasAName()
    {
        string[] names = [.. StepRanges.Names()];
        Assert.Equal(32, names.Distinct().Count());
        Assert.Equal(
            ["step", "prefill", "autoregressive", "prefill + autoregressive", "plan", "prefill + plan"], names[..6]);
        Assert.Equal("prefill + autoregressive + plan + denoise + sync", names[^1]);
    }
}
