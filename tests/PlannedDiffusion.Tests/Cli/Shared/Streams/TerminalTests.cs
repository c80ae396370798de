using System.Diagnostics;
using PlannedDiffusion.Cli;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Cli.Shared.Streams;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Shared.Streams;

/// <summary>The output of <c>pd</c> to a terminal, and the state of the terminal after signals.</summary>
public sealed class TerminalTests(CliModel model) : IClassFixture<CliModel>
{
    private const string Hide = "\e[?25l", Show = "\e[?25h";
    private const string Generate = "$PD generate hi -m $MODEL --plan a:12,b:4";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("dumb")]
    [InlineData("")]
    [InlineData(null)]
    public async Task ATerminalWithoutACursorGetsLinesOfText(string? term)
    {
        (int code, string written) = await OnTerminal($"{Generate} --show plan", term, Signal.None);
        Assert.Equal(Application.Success, code);
        Assert.DoesNotContain('\e', written);
        Assert.StartsWith("plan 1: a (12), b (4); 12 steps", written, StringComparison.Ordinal);
        Assert.InRange(written.Split('\n').Length, 5, 40);
    }

    [Fact]
    public async Task ATerminalWithACursorSeesTheSpansFillIn()
    {
        (int code, string written) = await OnTerminal(Generate, "xterm-256color", Signal.None);
        Assert.Equal(Application.Success, code);
        Assert.Contains("step 12 of 12", written, StringComparison.Ordinal);
        AssertCursorIsBack(written);
    }

    /// <summary>Neither in the board, nor in the answer, nor in the report.</summary>
    [Theory]
    [InlineData("xterm")]
    [InlineData("dumb")]
    public async Task ATopicCannotControlTheTerminal(string term)
    {
        const string Topic = "\"$(printf 'a\\033]0;owned\\007\\033[2J')\"";
        string command = Generate.Replace("a:12", $"{Topic}:12", StringComparison.Ordinal);
        (int code, string written) = await OnTerminal($"{command} --show plan", term, Signal.None);
        Assert.Equal(Application.Success, code);
        Assert.Contains(@"\u001b]0;owned\u0007\u001b[2J", written, StringComparison.Ordinal);
        Assert.DoesNotContain("\e[2J", written, StringComparison.Ordinal);
        Assert.DoesNotContain("\e]", written, StringComparison.Ordinal);
        Assert.DoesNotContain('\a', written);
    }

    [Theory]
    [InlineData("HUP", 129)]
    [InlineData("INT", 130)]
    [InlineData("QUIT", 131)]
    [InlineData("TERM", 143)]
    public async Task ASignalEndsTheCommandWithItsNumberAndTheCursorComesBack(string signal, int expected)
    {
        // The first step is shown for an hour: the signal comes in the middle.
        (int code, string written) = await OnTerminal($"{Generate} --pace 3600000", "xterm", new Signal(signal, Hide));
        Assert.Equal(expected, code);
        AssertCursorIsBack(written);
        Assert.EndsWith("pd: cancelled\r\n", written, StringComparison.Ordinal);
    }

    /// <summary>A read cannot be interrupted, but the command does not wait for it.</summary>
    [Fact]
    public async Task ACommandThatWaitsForItsInputCanBeInterrupted()
    {
        using var interrupt = new CancellationTokenSource();
        using var input = new EndlessWait(interrupt.Cancel);
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal(input, output, error);
        int code = await Application.RunAsync(
            "pd", PdCommand.Create(terminal), ["generate", "-m", model.Path], terminal, interrupt.Token);
        Assert.Equal((Application.Cancelled, "pd: cancelled\n"), (code, error.ToString()));
    }

    private static void AssertCursorIsBack(string written) => Assert.True(
        written.LastIndexOf(Show, StringComparison.Ordinal) > written.LastIndexOf(Hide, StringComparison.Ordinal));

    private async Task<(int Code, string Written)> OnTerminal(string command, string? term, Signal signal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A terminal as Linux has them.");
        using var terminal = new PseudoTerminal();
        string script = $"exec {command} <{terminal.Path} >{terminal.Path} 2>{terminal.Path}";
        using Process process = PdProcess.Start(script, ("MODEL", model.Path), ("TERM", term));
        if (signal.Name.Length > 0)
        {
            await terminal.ReadUntilAsync(signal.After, Cancel);
            await KillAsync(process.Id, signal.Name);
        }

        string written = await terminal.ReadUntilAsync(null, Cancel);
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, written);
    }

    private static async Task KillAsync(int process, string signal)
    {
        using var kill = Process.Start("sh", ["-c", $"kill -{signal} {process}"]);
        await kill.WaitForExitAsync(Cancel);
        Assert.Equal(0, kill.ExitCode);
    }

    private sealed record Signal(string Name, string After)
    {
        public static Signal None { get; } = new("", "");
    }

    /// <summary>A pipe whose writer writes nothing, so that a reader waits until the end of the test.</summary>
    private sealed class EndlessWait(Action begun) : MemoryStream
    {
        private readonly ManualResetEventSlim _end = new();

        public override int Read(Span<byte> buffer)
        {
            begun();
            _end.Wait();
            return 0;
        }

        protected override void Dispose(bool disposing)
        {
            _end.Set();
            base.Dispose(disposing);
        }
    }
}
