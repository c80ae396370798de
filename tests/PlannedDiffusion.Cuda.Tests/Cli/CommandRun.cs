using System.Diagnostics;
using System.Text.Json;
using PlannedDiffusion.Cuda.Compilation;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Cli;

/// <summary>
/// A run of <c>pd</c> or <c>pd-bench</c> as a program of its own, which finds its driver by PD_CUDA_DRIVER.
/// </summary>
internal sealed record CommandRun(int Code, string Out, string Error)
{
    public string[] OutLines => Out.TrimEnd('\n').Split('\n');

    public string[] ErrorLines => Error.TrimEnd('\n').Split('\n');

    /// <summary>The one JSON object that it printed.</summary>
    public JsonElement Json()
    {
        Assert.True(Code == 0, Error);
        return JsonDocument.Parse(Out).RootElement;
    }

    /// <param name="variables">Beside those that name the tests' driver and cache, or instead of them.</param>
    /// <param name="arguments">Of the command.</param>
    public static Task<CommandRun> Of((string Name, string Value)[] variables, params string[] arguments) =>
        OfProgram("pd", variables, arguments);

    /// <summary>The same of <c>pd-bench</c>.</summary>
    public static Task<CommandRun> OfBench((string Name, string Value)[] variables, params string[] arguments) =>
        OfProgram("pd-bench", variables, arguments);

    private static async Task<CommandRun> OfProgram(
        string name, (string Name, string Value)[] variables, string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, $"{name}.dll");
        var start = new ProcessStartInfo(Environment.ProcessPath!, [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The tests may run as a program of their own, beside which there is no "dotnet".
        if (Path.GetFileNameWithoutExtension(start.FileName) != "dotnet") start.FileName = "dotnet";
        start.Environment["PD_CUDA_DRIVER"] = TestDevice.Driver;
        if (TestDevice.Folders()?.CacheFolder is { } cache) start.Environment[KernelCache.FolderVariable] = cache;
        foreach ((string variable, string value) in variables) start.Environment[variable] = value;
        using Process process = Process.Start(start)!;
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
        Task<string> error = process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return new CommandRun(process.ExitCode, await output, await error);
    }
}
