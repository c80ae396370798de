using System.CommandLine;
using System.Globalization;
using PlannedDiffusion.Bench;
using PlannedDiffusion.Cli;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Tests.Bench;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Shared;

/// <summary>The grammar of the command line, for all options of all commands.</summary>
public sealed class OptionGrammarTests(CliModel model) : IClassFixture<CliModel>
{
    /// <summary>In some languages these are 7 tenths, a thousand, 5. They are ambiguous.</summary>
    [Theory]
    [InlineData("0,7")]
    [InlineData("1,000")]
    [InlineData("1.000,5")]
    [InlineData("1 000")]
    [InlineData(" 5")]
    [InlineData("5 ")]
    [InlineData("0x10")]
    [InlineData("(5)")]
    [InlineData("$5")]
    [InlineData("5-")]
    [InlineData("٥")]
    [InlineData("many")]
    [InlineData("99999999999999999999999")]
    [InlineData("1e400")]
    [InlineData("")]
    public async Task EveryNumberIsReadStrictly(string text)
    {
        int numbers = 0;
        foreach ((string[] path, Option option) in Options())
        {
            Type type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
            bool fraction = type == typeof(float) || type == typeof(double);
            if (!type.IsValueType || type == typeof(bool) || type == typeof(void)) continue;
            if (fraction && text.StartsWith("999", StringComparison.Ordinal)) continue; // which it is
            numbers++;
            CliRun run = await BenchRun.OfProgram([.. path, option.Name, text]);
            run.AssertFails(Application.Usage, $"{option.Name} '{text}': expected ");
            Assert.DoesNotContain("System", run.Error, StringComparison.Ordinal);
        }

        Assert.InRange(numbers, 40, 400);
    }

    [Fact]
    public async Task ADecimalPointIsReadInEveryLanguage()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        var german = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (german.NumberFormat.NumberDecimalSeparator, german.NumberFormat.NumberGroupSeparator) = (",", ".");
        CultureInfo.CurrentCulture = german;
        try
        {
            (string, string)[] numbers = [("7", "7"), ("1.5", "1.5"), ("-0.5", "-0.5"), ("2e1", "20")];
            foreach ((string given, string told) in numbers)
            {
                (await CliRun.Of("generate", "a", "-m", model.Path, "--top-p", given))
                    .AssertFails(Application.Usage, $"--top-p is {told};");
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public async Task AFlagTakesNoValueSoTheNextTextIsThePrompt()
    {
        int flags = 0;
        foreach ((string[] path, Option option) in Options().Where(one => one.Option is Option<bool>))
        {
            if (option.Name is "--help" or "--version") continue;
            flags++;
            (await BenchRun.OfProgram([.. path, $"{option.Name}=maybe"])).AssertFails(
                Application.Usage, $"{option.Name} takes no value");
        }

        Assert.InRange(flags, 20, 200);
        string own = (await CliRun.Of("tokenize", "-m", model.Path, "--ids", "true")).AssertSuccess().Out;
        Assert.Equal((await CliRun.WithInput("true", "tokenize", "-m", model.Path, "--ids")).Out, own);
    }

    [Fact]
    public async Task AnAtSignReadsNoFile()
    {
        using var folder = new TestKit.TemporaryDirectory();
        string file = folder.File("note.txt");
        await File.WriteAllTextAsync(file, "a line\n--json\n", TestContext.Current.CancellationToken);
        foreach (string text in new[] { "@" + file, "@ada hi", "@", "@@", "{0}", "[bold]", "%s", "/?", "/h" })
        {
            CliRun argument = await CliRun.Of("tokenize", "-m", model.Path, "--ids", text);
            CliRun input = await CliRun.WithInput(text, "tokenize", "-m", model.Path, "--ids");
            Assert.Equal(input.AssertSuccess().Out, argument.AssertSuccess().Out);
            string[] chat = ["tokenize", "-m", model.Path, "--ids", "--chat", "a", "--system", text];
            Assert.DoesNotContain("{", (await CliRun.Of(chat)).AssertSuccess().Out, StringComparison.Ordinal);
        }

        string[] generate = ["generate", "-m", model.Path, "-q", "--decoder", "ar", "--max-new-tokens", "2"];
        CliRun one = (await CliRun.Of([.. generate, "@" + file])).AssertSuccess();
        Assert.Equal((await CliRun.WithInput("@" + file, generate)).AssertSuccess().Out, one.Out);
        (await CliRun.Of("@" + file)).AssertFails(Application.Usage, "'@");
        (await CliRun.Of("eval", "@" + file, "-m", model.Path)).AssertFails(Application.Usage, "no such file");
    }

    [Fact]
    public async Task AnUnknownWordIsRefusedWithTheKnownOnes()
    {
        string[][] options =
        [
            ["generate", "--decoder"], ["generate", "--policy"], ["generate", "--preset"], ["generate", "--drafts"],
            ["generate", "--show"], ["generate", "--device"],
            ["generate", "--precision"], ["generate", "--kv-commit"],
        ];
        foreach (string[] option in options)
        {
            (await CliRun.Of([.. option, "Planned"]))
                .AssertFails(Application.Usage, $"pd: {option[^1]} 'Planned': expected ", " or ");
        }

        (await BenchRun.Of("ops", "--shape", "Planned"))
            .AssertFails(Application.Usage, "pd-bench: --shape 'Planned': expected ", " or ");
        (await BenchRun.Of("cuda", "stops")).AssertFails(Application.Usage, "groups 'stops': expected start, ");
        (await CliRun.Of("[suggest]", "generate")).AssertFails(Application.Usage, "the prompt is empty");
        Assert.Contains("<ar|auto|dense|", (await CliRun.Of("generate", "--help")).Out, StringComparison.Ordinal);
    }

    /// <summary>A misspelled option is not the prompt. Text with blanks, or after two dashes, is.</summary>
    [Fact]
    public async Task AnUnknownOptionIsNotThePrompt()
    {
        foreach (string[] args in new string[][] { ["generate", "--modle"], ["tokenize", "--id"], ["eval", "--x=1"] })
            (await CliRun.WithInput("a", args)).AssertFails(Application.Usage, $"pd: {args[1]} is not an option here");
        foreach (string[] args in new string[][] { ["--", "--modle"], ["--how are you"], ["-5"], ["-"] })
        {
            CliRun run = await CliRun.Of(["tokenize", "--ids", "-m", model.Path, .. args]);
            CliRun input = await CliRun.WithInput(args[^1], "tokenize", "--ids", "-m", model.Path);
            Assert.Equal(input.AssertSuccess().Out, run.AssertSuccess().Out);
        }
    }

    [Theory]
    [InlineData("--max-spans", "0", "at least 1")]
    [InlineData("--max-span-tokens", "-1", "at least 1")]
    [InlineData("--max-scaffold-tokens", "2", "at least 3")]
    public async Task PlanLimitsAreRefusedByTheirOptionNames(string option, string value, string range) =>
        (await CliRun.Of("generate", "a", "-m", model.Path, option, value))
            .AssertFails(Application.Usage, $"pd: {option} is {value}; it must be {range}");

    [Theory]
    [InlineData("pd", "eval", "x", "--out", "")]
    [InlineData("pd", "profile", "--prompts", "")]
    [InlineData("pd", "profile", "--workload", "")]
    [InlineData("pd", "generate", "x", "--model", "")]
    [InlineData("pd-bench", "ops", "--csv", "")]
    [InlineData("pd", "eval", "x", "--decoders", ",")]
    [InlineData("pd", "eval", "x", "--steps-ratio", "")]
    [InlineData("pd", "eval", "x", "--threshold", ",")]
    [InlineData("pd", "eval", "x", "--cells", "")]
    public async Task EmptyValuesAreRefusedByName(params string[] args) =>
        (await BenchRun.OfProgram(args)).AssertFails(Application.Usage, args[^2], "empty");

    [Fact]
    public async Task MoreThreadsThanFourForEachProcessorAreRefused()
    {
        int most = 4 * Environment.ProcessorCount;
        (await CliRun.Of("generate", "a", "-m", model.Path, "--threads", $"{most + 1}"))
            .AssertFails(Application.Usage, $"--threads must be at most {most}, not {most + 1}");
    }

    private static IEnumerable<(string[] Path, Option Option)> Options()
    {
        var nowhere = new Terminal(Stream.Null, TextWriter.Null, TextWriter.Null);
        return [.. Below(PdCommand.Create(nowhere), ["pd"]), .. Below(BenchCommand.Create(nowhere), ["pd-bench"])];

        static IEnumerable<(string[], Option)> Below(Command command, string[] path) =>
        [
            .. command.Options.Select(option => (path, option)),
            .. command.Subcommands.SelectMany(below => Below(below, [.. path, below.Name])),
        ];
    }
}
