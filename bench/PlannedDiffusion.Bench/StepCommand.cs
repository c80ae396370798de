using PlannedDiffusion.Cpu;
using PlannedDiffusion.Diagnostics;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;
using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Bench;

/// <summary>
/// <c>step --model DIR [--rows 1,8,64] [--cached 192] [--repetitions 9] [--threads 0]</c>: whole steps beside the
/// machine's limits, probed before and after each. <c>checkpoint --model DIR [--vocabulary 32000]</c> writes the 0.5B
/// shape with random weights to measure with.
/// </summary>
internal static class StepCommand
{
    public static int Run(string[] args)
    {
        string model = Option(args, "--model") ?? throw new ArgumentException("--model DIR is missing.");
        int[] rows = [.. (Option(args, "--rows") ?? "1,8,16,32,64,128").Split(',').Select(int.Parse)];
        int cached = int.Parse(Option(args, "--cached") ?? "192");
        int repetitions = int.Parse(Option(args, "--repetitions") ?? "9");
        int threads = int.Parse(Option(args, "--threads") ?? "0");
        using var probe = new MachineProbe(threads);
        using CpuModelRunner runner = Load(model, threads, cached, rows);
        Console.WriteLine($"{runner.Threads} threads, {SimdSupport.Widest}, {runner.WeightBytesPerStep / 1e6:F0} MB per step");
        foreach (int count in rows) Measure(runner, probe, new StepShape(count, cached), repetitions);
        return 0;
    }

    public static int WriteCheckpoint(string[] args)
    {
        string model = Option(args, "--model") ?? throw new ArgumentException("--model DIR is missing.");
        int vocabulary = int.Parse(Option(args, "--vocabulary") ?? "32000");
        long start = TimeProvider.System.GetTimestamp();
        RandomCheckpoint.Write(model, Shapes.HalfBillion(vocabulary), seed: 1);
        Console.WriteLine($"{model} written in {TimeProvider.System.GetElapsedTime(start).TotalSeconds:F1} s");
        return 0;
    }

    private static CpuModelRunner Load(string model, int threads, int cached, int[] rows)
    {
        long start = TimeProvider.System.GetTimestamp();
        using ModelWeights weights = ModelWeights.Load(model);
        var limits = new RunnerLimits { MaxPositions = cached + rows.Max() + 1, MaxRowsPerStep = Math.Max(256, rows.Max()) };
        var runner = CpuModelRunner.Create(weights, new CpuRunnerOptions { Threads = threads, Limits = limits });
        Console.WriteLine($"loaded in {TimeProvider.System.GetElapsedTime(start).TotalSeconds:F2} s");
        return runner;
    }

    private static void Measure(CpuModelRunner runner, MachineProbe probe, StepShape shape, int repetitions)
    {
        MachineLimits before = probe.Measure();
        StepMeasurement step = StepBenchmark.Run(
            runner, shape, SamplingParams.Greedy, repetitions, runner.WeightBytesPerStep);
        MachineLimits after = probe.Measure();
        Console.WriteLine(
            $"rows {shape.Rows,3} cached {shape.Cached}: median {step.MedianMilliseconds,7:F2} ms, "
            + $"fastest {step.FastestMilliseconds,7:F2}, p95 {step.P95Milliseconds,7:F2} | {step.GigabytesPerSecond,5:F1} GB/s of "
            + $"{before.GigabytesPerSecond:F1}..{after.GigabytesPerSecond:F1} | {step.GigaflopsPerSecond,5:F0} GFLOP/s of "
            + $"{before.GigaflopsPerSecond:F0}..{after.GigaflopsPerSecond:F0} | {step.AllocatedBytesPerStep:F0} B/step");
    }

    private static string? Option(string[] args, string name)
    {
        int index = Array.IndexOf(args, name);
        return index >= 0 && index + 1 < args.Length ? args[index + 1] : null;
    }
}
