using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Cuda;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cli.Inspect;

/// <summary><c>pd warm</c>: compiles a model's kernels ahead, so that later starts find them in the cache.</summary>
internal static class WarmCommand
{
    public static Command Create(Terminal terminal)
    {
        Option<string?> model = ModelFolder.Option();
        Option<string?> precision = DeviceOptions.PrecisionOption(
            "Type of weights and activations. The default is bf16; f32 is for comparisons.");
        Option<string?> products = DeviceOptions.ProductTableOption();
        var command = new CommandWithExamples(
            "warm", "Compile the kernels of a model for the GPU into the kernel cache.",
            ["pd warm --model FOLDER"])
        {
            model, precision, products,
        };
        command.SetAction((parse, cancellation) => Task.Run(
            () => Run(
                terminal,
                ModelFolder.Resolve(parse.GetValue(model)),
                new RunnerOptions { Precision = DeviceOptions.Precision(parse.GetValue(precision)) },
                new CudaRunnerOptions { ProductTable = parse.GetValue(products) },
                cancellation),
            cancellation));
        return command;
    }

    private static void Run(
        Terminal terminal,
        string folder,
        RunnerOptions options,
        CudaRunnerOptions cuda,
        CancellationToken cancellation)
    {
        ModelConfig config = ModelConfigFile.Read(Path.Combine(folder, ModelConfigFile.Name));
        terminal.Out.WriteLine($"device  {CudaRunner.Describe(cuda)}");
        Start("first ");
        cancellation.ThrowIfCancellationRequested();
        Start("again ");
        string? kept = CudaRunner.KernelCacheFolder(cuda);
        terminal.Out.WriteLine(kept is null ? "kept    nowhere: there is no cache folder" : $"kept    in {kept}");

        // The time includes opening the device, and compiling or reading and then loading each module.
        void Start(string name)
        {
            long start = Stopwatch.GetTimestamp();
            CompilationReport report = CudaRunner.Warm(config, options, cuda);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            int files = report.Compiled + report.FromCache + report.Prebuilt;
            terminal.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}  {seconds:0.00} s for {files} modules: {report.Compiled} compiled, " +
                $"{report.FromCache} from the cache, {report.Prebuilt} compiled ahead"));
        }
    }
}
