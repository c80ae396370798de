using System.Diagnostics;
using PlannedDiffusion.Cuda;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Bench.Device;

/// <summary>
/// The time to create a runner with random weights: first with the kernel cache as it is, then with it filled.
/// </summary>
internal static class StartBench
{
    public const string Name = "start";

    public static void Run(DeviceBench bench, ModelConfig config, DeviceRows rows)
    {
        int positions = bench.IsSmall ? 64 : 1024;
        foreach (string name in (string[])["start", "start again"])
        {
            long start = Stopwatch.GetTimestamp();
            using var runner = CudaModelRunner.CreateRandom(
                config, 1, StepBench.Options(bench, positions), StepBench.CudaOptions(bench));
            using var step = new BenchSteps(runner, 1, 1);
            step.Finish();
            double microseconds = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            var time = new DeviceTime(microseconds, microseconds);
            Cuda.Compilation.CompilationReport report = runner.Compilation;
            string kernels = $"kernels: {report.Compiled} compiled, {report.FromCache} cached, " +
                $"{report.Prebuilt} prebuilt, {report.Milliseconds:0} ms";
            rows.Add(new DeviceMeasurement(Name, name, 0, time) { Bytes = runner.WeightBytes, Detail = kernels });
        }
    }
}
