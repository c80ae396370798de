using System.Globalization;
using System.Text;
using PlannedDiffusion.Cli.Shared.Reports;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Cpu;
using PlannedDiffusion.Cpu.Threads;
using PlannedDiffusion.Diagnostics;

namespace PlannedDiffusion.Bench.Host;

/// <summary>A run of measurements of operations, with probes of the machine before and after it.</summary>
internal sealed class OpRun : IDisposable
{
    private readonly WorkerPool _pool;
    private readonly MachineProbe _probe;
    private readonly OpTimer _timer;
    private readonly int _repetitions;
    private readonly MachineLimits _before;
    private readonly List<OpReport> _rows = [];

    public OpRun(int threads, int repetitions, nint inputBytes)
    {
        Inputs = new RotatedInputs(inputBytes);
        _repetitions = repetitions;
        _probe = new MachineProbe(threads);
        _before = _probe.Measure();
        Threads = _before.Threads;
        _pool = new WorkerPool(Threads);
        _timer = new OpTimer(_pool, repetitions);
    }

    public RotatedInputs Inputs { get; }

    public int Threads { get; }

    /// <summary>Measures operations in turn. <see cref="Report(string)"/> adds the shares.</summary>
    public OpReport[] Measure(params NamedOp[] ops) =>
        [.. _timer.Measure([.. ops.Select(op => op.Op)]).Zip(ops, Report)];

    public void Add(OpReport row) => _rows.Add(row);

    /// <summary>Runs an operation once, on all threads.</summary>
    public void RunOnce(TimedOp op, int set) => _pool.Run(new Once(op, set));

    public OpBenchReport Report(string kind)
    {
        MachineLimits after = _probe.Measure();
        // The better of the two probes: a share above 1 would only mean that the speed of the machine changed.
        double gigabytes = Math.Max(_before.GigabytesPerSecond, after.GigabytesPerSecond);
        double gigaflops = Math.Max(_before.GigaflopsPerSecond, after.GigaflopsPerSecond);
        return new OpBenchReport(
            kind,
            ReportFile.Origin(Threads),
            _repetitions,
            Inputs.Bytes,
            ReportFile.Probe(_before),
            ReportFile.Probe(after),
            [.. _rows.Select(row => row with
            {
                ShareOfPeak = Math.Max(row.GigabytesPerSecond / gigabytes, row.GigaflopsPerSecond / gigaflops),
            })]);
    }

    public void Dispose()
    {
        _pool.Dispose();
        _probe.Dispose();
        Inputs.Dispose();
    }

    public static string Csv(OpBenchReport report)
    {
        var csv = new StringBuilder(
            "op,way,shape,type,rows,median_us,p95_us,calls,flops,bytes,gflops_per_s,gb_per_s,share_of_peak," +
            "tiles_visited,tiles_of_mask,speedup_over_mask\n");
        foreach (OpReport r in report.Rows)
        {
            object?[] values =
            [
                r.Op, r.Way, r.Shape, r.Type, r.Rows, r.MedianMicroseconds, r.P95Microseconds, r.Calls, r.Flops,
                r.Bytes, r.GigaflopsPerSecond, r.GigabytesPerSecond, r.ShareOfPeak, r.TilesVisited, r.TilesOfMask,
                r.SpeedupOverMask,
            ];
            csv.AppendJoin(',', values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture)));
            csv.Append('\n');
        }

        return csv.ToString();
    }

    public static void Write(TextWriter writer, OpBenchReport report)
    {
        writer.WriteLine($"{report.Origin.Processor}, {report.Origin.Threads} threads, {report.Origin.Simd}; probed " +
            $"{Text(report.Before.GigabytesPerSecond, "0")}..{Text(report.After.GigabytesPerSecond, "0")} GB/s, " +
            $"{Text(report.Before.GigaflopsPerSecond, "0")}..{Text(report.After.GigaflopsPerSecond, "0")} GFLOP/s");
        bool attention = report.Rows.Any(row => row.TilesOfMask is not null);
        string[] titles = ["op", "shape", "type", "rows>", "median us>", "p95 us>", "GFLOP/s>", "GB/s>", "share>"];
        var table = new TextTable(attention ? [.. titles, "tiles>", "of mask>", "over mask>"] : titles);
        foreach (OpReport r in report.Rows)
        {
            string[] cells =
            [
                r.Way ?? r.Op, r.Shape, r.Type, Text(r.Rows, "0"), Text(r.MedianMicroseconds, "0.00"),
                Text(r.P95Microseconds, "0.00"), Text(r.GigaflopsPerSecond, "0.0"), Text(r.GigabytesPerSecond, "0.0"),
                Text(r.ShareOfPeak, "0 %"),
            ];
            table.Add(attention
                ? [.. cells, $"{r.TilesVisited}", $"{r.TilesOfMask}", $"{Text(r.SpeedupOverMask ?? 1, "0.00")}x"]
                : cells);
        }

        table.Write(writer);
    }

    private static OpReport Report(OpTime time, NamedOp op) => new()
    {
        Op = op.Name,
        Way = op.Way,
        Shape = op.Shape,
        Type = op.Type,
        Rows = op.Rows,
        MedianMicroseconds = time.Median,
        P95Microseconds = time.P95,
        Calls = time.Calls,
        Flops = op.Op.Flops,
        Bytes = op.Op.Bytes,
        GigaflopsPerSecond = op.Op.Flops / time.Median / 1e3,
        GigabytesPerSecond = op.Op.Bytes / time.Median / 1e3,
        ShareOfPeak = 0,
    };

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private sealed class Once(TimedOp op, int set) : ISpmdJob
    {
        public void Run(int thread) => op.Run(thread, set);
    }
}
