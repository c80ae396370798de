using System.Globalization;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Bench.Device;

/// <summary>The rows measured so far, each told to whoever waits.</summary>
internal sealed class DeviceRows(double copyGigabytesPerSecond, Action changed)
{
    private readonly List<DeviceRowReport> _rows = [];
    private readonly List<string> _errors = [];

    public IReadOnlyList<DeviceRowReport> Rows => _rows;

    public IReadOnlyList<string> Errors => _errors;

    public double CopyGigabytesPerSecond => copyGigabytesPerSecond;

    /// <param name="group">Which benchmark.</param>
    /// <param name="name">What was measured.</param>
    /// <param name="rows">Rows of the step, or 0.</param>
    /// <param name="time">Of one call.</param>
    /// <param name="bytes">The least that has to be read and written.</param>
    /// <param name="flops">What has to be computed.</param>
    /// <param name="ratio">Another number; <paramref name="detail"/> says which.</param>
    /// <param name="detail">A remark.</param>
    public void Add(
        string group, string name, int rows, DeviceTime time, double bytes, double flops, double? ratio = null,
        string? detail = null)
    {
        double rate = bytes / time.MedianMicroseconds / 1e3;
        _rows.Add(new DeviceRowReport(
            group, name, rows, time.MedianMicroseconds, time.P95Microseconds, bytes, flops, rate,
            flops / time.MedianMicroseconds / 1e6, rate / copyGigabytesPerSecond, ratio, detail));
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
