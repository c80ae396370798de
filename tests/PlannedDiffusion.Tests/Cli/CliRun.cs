using System.CommandLine;
using System.Text;
using System.Text.Json;
using PlannedDiffusion.Cli;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Cli.Shared.Streams;
using Xunit;

namespace PlannedDiffusion.Tests.Cli;

/// <summary>A run of <c>pd</c>, or of another program, in this process, and what it wrote.</summary>
internal sealed record CliRun(int Code, string Out, string Error)
{
    private string Program { get; init; } = PdCommand.Name;

    // These tests use the CPU, also on machines with a GPU. PlannedDiffusion.Cuda.Tests has the tests of GPUs.
    static CliRun() => Environment.SetEnvironmentVariable("PD_CUDA_DRIVER", MissingDriver);

    /// <summary>The value of PD_CUDA_DRIVER.</summary>
    public const string MissingDriver = "/no/such/libcuda.so";

    public static Task<CliRun> Of(params string[] args) => WithInput("", args);

    public static Task<CliRun> WithInput(string input, params string[] args) => Run(input, args, 0, default);

    /// <summary>A run that is interrupted at once.</summary>
    public static Task<CliRun> Interrupted(params string[] args) => Run("", args, 0, new CancellationToken(true));

    /// <summary>
    /// A run whose clock advances by so many seconds at each read. In other runs the clock stands still.
    /// </summary>
    public static Task<CliRun> Paced(int seconds, params string[] args) => Run("", args, seconds, default);

    /// <summary>The one JSON object on the one line of output.</summary>
    public JsonElement Json()
    {
        AssertSuccess();
        Assert.Single(Out.TrimEnd('\n').Split('\n'));
        return JsonDocument.Parse(Out).RootElement;
    }

    public CliRun AssertSuccess()
    {
        Assert.Equal("", Error);
        Assert.Equal(Application.Success, Code);
        return this;
    }

    /// <summary>Asserts one line on standard error, nothing on standard output, and the code.</summary>
    public void AssertFails(int code, params string[] parts)
    {
        Assert.Equal(code, Code);
        Assert.Equal("", Out);
        Assert.StartsWith($"{Program}: ", Error, StringComparison.Ordinal);
        Assert.Equal(Error.Length - 1, Error.IndexOf('\n', StringComparison.Ordinal));
        foreach (string part in parts) Assert.Contains(part, Error, StringComparison.Ordinal);
    }

    private static Task<CliRun> Run(string input, string[] args, int pace, CancellationToken cancellation) =>
        Run(PdCommand.Name, PdCommand.Create, input, args, pace, cancellation);

    /// <summary>A run of a program with these commands.</summary>
    public static async Task<CliRun> Run(
        string program, Func<Terminal, RootCommand> root, string input, string[] args, int pace = 0,
        CancellationToken cancellation = default)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var standardInput = new MemoryStream(Encoding.UTF8.GetBytes(input));
        var terminal = new Terminal(standardInput, output, error) { Clock = new PacedClock(pace) };
        int code = await Application.RunAsync(program, root(terminal), args, terminal, cancellation);
        return new CliRun(code, output.ToString(), error.ToString()) { Program = program };
    }

    private sealed class PacedClock(int seconds) : TimeProvider
    {
        private long _looks;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => seconds * _looks++;
    }
}
