using System.Diagnostics;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Shared.Streams;

/// <summary>Runs <c>pd</c> in its own process, from a shell that redirects its streams.</summary>
internal static class PdProcess
{
    /// <summary>
    /// Starts <c>sh</c> with a script in which <c>$PD</c> and <c>$PD_BENCH</c> are the programs. Signals are reset as
    /// in a new session: a background job, such as a build, would pass on that some are ignored.
    /// </summary>
    public static Process Start(string script, params (string Name, string? Value)[] variables)
    {
        var start = new ProcessStartInfo("sh")
        {
            ArgumentList = { "-c", script },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PD"] = Program("pd");
        start.Environment["PD_BENCH"] = Program("pd-bench");
        start.Environment["PD_CUDA_DRIVER"] = CliRun.MissingDriver;
        foreach ((string name, string? value) in variables) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Runs a script to its end.</summary>
    public static async Task<CliRun> RunAsync(string script, params (string Name, string? Value)[] variables)
    {
        using Process process = Start(script, variables);
        process.StandardInput.Close();
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
        Task<string> error = process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return new CliRun(process.ExitCode, await output, await error);
    }

    private static string Program(string name) =>
        $"env --default-signal=HUP,INT,QUIT,TERM dotnet {Path.Combine(AppContext.BaseDirectory, $"{name}.dll")}";
}
