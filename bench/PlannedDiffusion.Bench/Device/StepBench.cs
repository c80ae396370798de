using PlannedDiffusion.Bench.Host;
using PlannedDiffusion.Cuda;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Bench.Device;

/// <summary>
/// Whole steps of a network with random weights. The device's own time is measured on steps that are queued behind a
/// long copy, so that they never wait for the host. Steps without the copy take longer by the host gap. It is measured
/// twice: when the host queues steps ahead, and when it reads the tokens of a step before it queues the next one.
/// </summary>
internal static class StepBench
{
    public const string Name = "steps";

    private const int Spans = 4;
    private const int QueuedBehindCopy = 6; // less than the number of steps that the host may queue ahead
    private const int InARow = 64;
    private const int EachRead = 16;

    public static void Run(DeviceBench bench, ModelConfig config, DeviceRows rows)
    {
        int cached = bench.IsSmall ? 24 : 512;
        int[] active = bench.IsSmall ? [8, 16] : [16, 32, 64, 96, 128, 192, 240];
        int[] drafted = bench.IsSmall ? [2, 5] : [2, 4, 5, 8]; // rows
        bench.Free();
        using var runner = CudaModelRunner.CreateRandom(
            config, 1, Options(bench, cached + active[^1] + 2), CudaOptions(bench));
        bench.Notes.UnionWith(runner.Notes);
        using var sequence = new BenchSteps(runner, cached, active[^1]);
        var timer = new StepTimer(bench, runner);
        SamplingParams sampling = new(0.2f, 0.95f, 0, 1);
        double floor = runner.WeightBytesPerStep;
        double single = Measure("step, autoregressive", new(1, cached), sequence.Autoregressive(sampling), null);
        MeasureRead(1, sequence.Autoregressive(sampling), single);
        foreach (int count in active)
        {
            ForwardStep denoise = sequence.Denoise(Spans, count / Spans, sampling);
            Measure($"step, denoise {Spans} spans", new(count, cached), denoise, single);
        }

        // These come after the denoise steps, because they overwrite the masks with tokens.
        foreach (int count in drafted)
        {
            ForwardStep step = sequence.Autoregressive(sampling, count - 1);
            MeasureRead(count, step, MeasureAlone("step, drafts", new(count, cached), step, single));
        }

        Measure("step, prefill", new(cached, Cached: 0, Prefill: true), sequence.Prefill(), null);

        double Measure(string name, StepShape shape, ForwardStep step, double? other)
        {
            double alone = MeasureAlone(name, shape, step, other);
            DeviceTime inARow = timer.InARow(bench.IsSmall ? 2 : InARow, () => runner.Forward(step));
            AddGap("  host gap between steps", shape.Rows, inARow, alone, "in a row, less the device's own");
            return alone;
        }

        // The ratio of a single row is to reading the weights once; that of several rows is to the single row.
        double MeasureAlone(string name, StepShape shape, ForwardStep step, double? other)
        {
            DeviceTime device = timer.BehindCopy(QueuedBehindCopy, () => runner.Forward(step));
            double compared = other ?? (floor / rows.CopyGigabytesPerSecond / 1e3);
            rows.Add(new DeviceMeasurement(Name, name, shape.Rows, device)
            {
                Bytes = floor,
                Flops = StepBenchmark.Flops(config, shape),
                Ratio = device.MedianMicroseconds / compared,
                Detail = other is null ? "x reading the weights once" : "x the autoregressive step",
            });
            return device.MedianMicroseconds;
        }

        void MeasureRead(int count, ForwardStep step, double alone)
        {
            DeviceTime read = timer.InARow(bench.IsSmall ? 2 : EachRead, () =>
            {
                runner.Forward(step);
                sequence.ReadAndDraft(count - 1);
            });
            AddGap("  host gap, each token read", count, read, alone, "read before the next, less the device's own");
        }

        void AddGap(string name, int count, DeviceTime time, double alone, string detail)
        {
            var gap = new DeviceTime(time.MedianMicroseconds - alone, time.P95Microseconds - alone);
            rows.Add(new DeviceMeasurement(Name, name, count, gap) { Detail = detail });
        }
    }

    /// <summary>The options of a runner for one sequence of this many positions.</summary>
    public static RunnerOptions Options(DeviceBench bench, int positions) => new()
    {
        Limits = new RunnerLimits
        {
            MaxSequences = 1,
            MaxPositions = positions,
            MaxRowsPerStep = bench.IsSmall ? 48 : 512,
        },
    };

    /// <summary>The CUDA options: whether kernels overlap, and the product table.</summary>
    public static CudaRunnerOptions CudaOptions(DeviceBench bench) => new()
    {
        OverlapKernels = bench.OverlapsKernels,
        ProductTable = bench.ProductTable,
    };

    private sealed class StepTimer(DeviceBench bench, CudaModelRunner runner)
    {
        private readonly long _copyBytes = bench.IsSmall ? 1 << 12 : 2L << 30;
        private ulong _source, _target;

        public DeviceTime BehindCopy(int count, Action step)
        {
            if (_source == 0) _source = bench.Allocate(_copyBytes, "source of a copy");
            if (_target == 0) _target = bench.Allocate(_copyBytes, "target of a copy");
            bench.Stream.Synchronize();
            return Time(count, step, () => runner.Stream.Copy(_target, _source, _copyBytes));
        }

        public DeviceTime InARow(int count, Action step) => Time(count, step, () => { });

        private DeviceTime Time(int count, Action step, Action before)
        {
            using CudaEvent begin = bench.Device.CreateEvent(timing: true);
            using CudaEvent end = bench.Device.CreateEvent(timing: true);
            step();
            var times = new double[bench.Repetitions];
            for (int run = 0; run < times.Length; run++)
            {
                runner.Stream.Synchronize();
                before();
                runner.Stream.Record(begin);
                for (int i = 0; i < count; i++) step();
                runner.Stream.Record(end);
                end.Synchronize();
                times[run] = end.MillisecondsSince(begin) * 1e3 / count;
            }

            return DeviceTime.Of(times);
        }
    }
}
