using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Shared.Streams;

/// <summary>Streams that are closed, or whose disk is full, never crash the program.</summary>
public sealed class UnwritableStreamTests(CliModel model) : IClassFixture<CliModel>
{
    private const string Answer = "$PD generate hi -m $MODEL --decoder ar --max-new-tokens 3";

    [Theory]
    [InlineData("2>/dev/full")]
    [InlineData("2>&-")]
    public async Task TheAnswerIsCompleteIfStandardErrorIsUnwritable(string redirection)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Redirects as Linux has them.");
        CliRun heard = await Run(Answer), unheard = await Run($"{Answer} {redirection}");
        Assert.Equal((Application.Success, heard.Out), (unheard.Code, unheard.Out));
        Assert.NotEqual("", heard.Out);
        Assert.NotEqual("", heard.Error);
        Assert.Equal(Application.Usage, (await Run($"$PD generate --bogus x {redirection}")).Code);
        Assert.Equal(Application.Failure, (await Run($"$PD generate hi -m / {redirection}")).Code);
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(
            folder.File("p.jsonl"), """{"question": "a"}""", TestContext.Current.CancellationToken);
        string eval = $"cd {folder.Path}; $PD eval p.jsonl -m $MODEL --decoders ar --max-new-tokens 3";
        Assert.Equal(Application.Success, (await Run($"{eval} {redirection}")).Code);
    }

    [Theory]
    [InlineData("$PD tokenize hi -m $MODEL", ">/dev/full", "No space left on device")]
    [InlineData("$PD tokenize hi -m $MODEL", ">&-", "standard output is closed")]
    [InlineData(Answer, ">/dev/full", "No space left on device")]
    [InlineData(Answer, ">&-", "standard output is closed")]
    [InlineData("$PD --help", ">&-", "standard output is closed")]
    [InlineData("$PD inspect -m $MODEL", ">/dev/full", "No space left on device")]
    public async Task AnAnswerThatCannotBeWrittenIsOneLineAndAFailure(string command, string redirection, string part)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Redirects as Linux has them.");
        (await Run($"{command} {redirection}")).AssertFails(Application.Failure, part);
        Assert.Equal(Application.Failure, (await Run($"{command} {redirection} 2>&-")).Code);
    }

    /// <summary>
    /// The runtime's own files take the descriptor of a closed stream. They are not read as a prompt.
    /// </summary>
    [Fact]
    public async Task AClosedStandardInputIsAnEmptyOne()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Redirects as Linux has them.");
        (await Run("$PD generate -m $MODEL <&-")).AssertFails(Application.Usage, "the prompt is empty");
        Assert.Equal("\n", (await Run("$PD tokenize --ids -m $MODEL <&-")).AssertSuccess().Out);
        Assert.Equal(Application.Failure, (await Run("$PD tokenize --ids hi -m $MODEL <&- >&- 2>&-")).Code);
    }

    /// <summary>A stream stays open if the shell holds it under a second descriptor.</summary>
    [Fact]
    public async Task ASecondDescriptorOfAStreamClosesNothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Redirects as Linux has them.");
        string expected = (await CliRun.Of("tokenize", "--ids", "hi", "-m", model.Path)).AssertSuccess().Out;
        Assert.Equal(expected, (await Run("exec 3>&1 4>&2; $PD tokenize --ids hi -m $MODEL")).AssertSuccess().Out);
        Assert.Equal(expected, (await Run("echo hi | $PD tokenize --ids -m $MODEL | cat")).AssertSuccess().Out);
        Assert.Equal(expected, (await Run("printf '\\377\\376h\\0i\\0\\n\\0' | $PD tokenize --ids -m $MODEL")).Out);
    }

    [Fact]
    public async Task PromptsAndWorkloadsMayComeFromAPipe()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Redirects as Linux has them.");
        using var folder = new TemporaryDirectory();
        string profile = "$PD profile -m $MODEL --decoders ar --repetitions 1 --max-new-tokens 2 --max-length 64";
        CliRun prompts = await Run($"printf '\\357\\273\\277one\\r\\rtwo' | {profile} --prompts /dev/stdin");
        Assert.Contains("\n  1  one\n  2  two\n", prompts.AssertSuccess().Out, StringComparison.Ordinal);
        CliRun workload = await Run(
            "mkfifo $FOLDER/w; echo '{\"prompt_tokens\":1,\"plan_tokens\":4,\"rounds\":[[10]]}' >$FOLDER/w & " +
            "$PD_BENCH decode -m $MODEL --repetitions 1 --workload $FOLDER/w", ("FOLDER", folder.Path));
        Assert.Contains("all: one token at a time", workload.AssertSuccess().Out, StringComparison.Ordinal);
        CliRun eval = await Run(
            "cd $FOLDER; printf '{\"question\": \"a\"}' | $PD eval /dev/stdin -m $MODEL --decoders ar " +
            "--max-new-tokens 2", ("FOLDER", folder.Path));
        Assert.Contains("are in eval-stdin", eval.AssertSuccess().Out, StringComparison.Ordinal);
        (await Run($"{profile} --prompts /dev/zero"))
            .AssertFails(Application.Failure, "/dev/zero: has more; 67,108,864");
    }

    private Task<CliRun> Run(string script, params (string, string?)[] variables) =>
        PdProcess.RunAsync(script, [("MODEL", model.Path), .. variables]);
}
