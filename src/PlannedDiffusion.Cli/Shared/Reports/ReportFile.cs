using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using PlannedDiffusion.Cpu.Simd;
using PlannedDiffusion.Diagnostics;
using PlannedDiffusion.Hub;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cli.Shared.Reports;

/// <summary>The parts that all reports share, and how reports are written to files.</summary>
internal static class ReportFile
{
    /// <summary>The origin of a measurement by this process now.</summary>
    public static OriginReport Origin(int threads) => new(
        TimeProvider.System.GetUtcNow(),
        Commit(),
        Processor(),
        threads,
        SimdSupport.Widest.ToString(),
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription);

    public static ModelReport Model(string folder)
    {
        var summary = CheckpointSummary.Read(folder);
        // A snapshot's folder has the name of a commit.
        string name = HubCache.ModelOf(folder)?.Name
            ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        string types = string.Join(", ", summary.Tensors.Select(tensor => tensor.Type.ToString()).Distinct().Order());
        return new ModelReport(name, summary.ParameterCount, types, summary.NeededBytes);
    }

    public static ProbeReport Probe(MachineLimits limits) =>
        new(limits.GigabytesPerSecond, limits.GigaflopsPerSecond);

    /// <summary>Writes a report to a file, or into a folder as a file with a new name.</summary>
    public static void Write<T>(string path, string kind, ModelReport model, T report, JsonTypeInfo<T> type) =>
        Write(path, $"{kind}-{model.Name}", report, type);

    /// <summary>The same. In a folder the new name begins with <paramref name="name"/>.</summary>
    public static void Write<T>(string path, string name, T report, JsonTypeInfo<T> type)
    {
        if (Directory.Exists(path) || Path.EndsInDirectorySeparator(path))
        {
            Directory.CreateDirectory(path);
            string stamp = TimeProvider.System.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
            path = Path.Combine(path, $"{name}-{stamp}.json");
        }

        File.WriteAllText(path, JsonSerializer.Serialize(report, type) + "\n");
    }

    // The build appends the commit after a plus sign.
    private static string Commit()
    {
        string? version = typeof(ReportFile).Assembly
            .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        return version?.Split('+') is [_, string commit] ? commit : "unknown";
    }

    private static string Processor()
    {
        const string Key = "model name";
        string? line = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith(Key, StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")
            ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
