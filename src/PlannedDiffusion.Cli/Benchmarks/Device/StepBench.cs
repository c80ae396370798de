using PlannedDiffusion.Cuda;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Diagnostics;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Cli.Benchmarks.Device;

/// <summary>
/// Whole steps of a network with random weights. The device's own time is that of steps queued behind a long copy, so
/// that the host cannot be what they wait for; the rest of the time from step to step, without the copy, is the gap.
/// </summary>
internal static class StepBench
{
    public const string Name = "steps";

    private const int Spans = 4;
    private const int QueuedBehindCopy = 6; // fewer than the host may be ahead
    private const int InARow = 64;

    public static void Run(DeviceBench bench, ModelConfig config, DeviceRows rows)
    {
        int cached = bench.IsSmall ? 24 : 512;
        int[] active = bench.IsSmall ? [8, 16] : [16, 32, 64, 96, 128, 192, 240];
        bench.Free();
        using var runner = CudaModelRunner.CreateRandom(config, 1, Options(bench, cached + active[^1] + 2));
        bench.Notes.UnionWith(runner.Notes);
        using var sequence = new BenchSteps(runner, cached, active[^1]);
        var timer = new StepTimer(bench, runner);
        SamplingParams sampling = new(0.2f, 0.95f, 0, 1);
        double floor = runner.WeightBytesPerStep;
        double single = Measure("step, autoregressive", new(1, cached), sequence.Autoregressive(sampling), null);
        foreach (int count in active)
        {
            ForwardStep denoise = sequence.Denoise(Spans, count / Spans, sampling);
            Measure($"step, denoise {Spans} spans", new(count, cached), denoise, single);
        }

        Measure("step, prefill", new(cached, Cached: 0, Prefill: true), sequence.Prefill(), null);

        // The ratio is to the floor for single rows, to the single row's time for many.
        double Measure(string name, StepShape shape, ForwardStep step, double? other)
        {
            DeviceTime device = timer.BehindCopy(step, QueuedBehindCopy);
            DeviceTime inARow = timer.InARow(step, bench.IsSmall ? 2 : InARow);
            double flops = StepBenchmark.Flops(config, shape);
            double compared = other ?? (floor / rows.CopyGigabytesPerSecond / 1e3);
            rows.Add(
                Name, name, shape.Rows, device, floor, flops, device.MedianMicroseconds / compared,
                other is null ? "x reading the weights once" : "x the autoregressive step");
            var gap = new DeviceTime(
                inARow.MedianMicroseconds - device.MedianMicroseconds, inARow.P95Microseconds - device.P95Microseconds);
            rows.Add(
                Name, "  host gap between steps", shape.Rows, gap, 0, 0, detail: "in a row, less the device's own");
            return device.MedianMicroseconds;
        }
    }

    /// <summary>A runner for one sequence of so many positions.</summary>
    public static CudaRunnerOptions Options(DeviceBench bench, int positions) => new()
    {
        Limits = new RunnerLimits
        {
            MaxSequences = 1,
            MaxPositions = positions,
            MaxRowsPerStep = bench.IsSmall ? 48 : 512,
        },
        OverlapKernels = bench.OverlapsKernels,
        ProductTable = bench.ProductTable,
    };

    private sealed class StepTimer(DeviceBench bench, CudaModelRunner runner)
    {
        private readonly long _copyBytes = bench.IsSmall ? 1 << 12 : 2L << 30;
        private ulong _source, _target;

        public DeviceTime BehindCopy(ForwardStep step, int count)
        {
            if (_source == 0) _source = bench.Allocate(_copyBytes, "source of a copy");
            if (_target == 0) _target = bench.Allocate(_copyBytes, "target of a copy");
            bench.Stream.Synchronize();
            return Time(step, count, () => runner.Stream.Copy(_target, _source, _copyBytes));
        }

        public DeviceTime InARow(ForwardStep step, int count) => Time(step, count, () => { });

        private DeviceTime Time(ForwardStep step, int count, Action before)
        {
            using CudaEvent begin = bench.Device.CreateEvent(timing: true);
            using CudaEvent end = bench.Device.CreateEvent(timing: true);
            runner.Forward(step);
            var times = new double[bench.Repetitions];
            for (int run = 0; run < times.Length; run++)
            {
                runner.Stream.Synchronize();
                before();
                runner.Stream.Record(begin);
                for (int i = 0; i < count; i++) runner.Forward(step);
                runner.Stream.Record(end);
                end.Synchronize();
                times[run] = end.MillisecondsSince(begin) * 1e3 / count;
            }

            return DeviceTime.Of(times);
        }
    }
}
