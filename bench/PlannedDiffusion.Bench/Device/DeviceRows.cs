using System.Globalization;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Bench.Device;

/// <summary>The rows measured so far. Each new row is reported at once.</summary>
internal sealed class DeviceRows(double copyGigabytesPerSecond, Action changed)
{
    private readonly List<DeviceRowReport> _rows = [];
    private readonly List<string> _errors = [];

    public IReadOnlyList<DeviceRowReport> Rows => _rows;

    public IReadOnlyList<string> Errors => _errors;

    public double CopyGigabytesPerSecond => copyGigabytesPerSecond;

    public void Add(DeviceMeasurement measured)
    {
        DeviceTime time = measured.Time;
        double rate = measured.Bytes / time.MedianMicroseconds / 1e3;
        _rows.Add(new DeviceRowReport(
            measured.Group, measured.Name, measured.Rows, time.MedianMicroseconds, time.P95Microseconds,
            measured.Bytes, measured.Flops, rate, measured.Flops / time.MedianMicroseconds / 1e6,
            rate / copyGigabytesPerSecond, measured.Ratio, measured.Detail));
        changed();
    }

    public void AddError(string group, Exception error)
    {
        _errors.Add($"{group}: {Failures.Describe(error)}");
        changed();
    }

    public void Write(TextWriter writer)
    {
        var table = new TextTable(
            "what", "rows>", "median us>", "p95>", "MB>", "GB/s>", "of copy>", "TFLOP/s>", "ratio>", "");
        foreach (DeviceRowReport row in _rows)
        {
            table.Add(
                row.Name, Text(row.Rows, "0"), Text(row.MedianMicroseconds, "0.0"), Text(row.P95Microseconds, "0.0"),
                Text(row.Bytes / 1e6, "0.0"), Text(row.GigabytesPerSecond, "0"), Text(row.ShareOfCopy, "0 %"),
                Text(row.TeraflopsPerSecond, "0.0"), row.Ratio is { } ratio ? Text(ratio, "0.000") : "",
                row.Detail ?? "");
        }

        table.Write(writer);
        foreach (string error in _errors) writer.WriteLine(error);
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
