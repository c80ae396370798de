using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Reports;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Bench.Host;

/// <summary>The settings of a benchmark of operations on any device.</summary>
internal sealed record OpSettings(int Repetitions, bool Json, string? Out);

/// <summary>The common options of benchmarks of operations: repetitions, threads, inputs and outputs.</summary>
internal sealed class OpOptions
{
    private readonly Option<int> _repetitions = CommonOptions.RepetitionsOption(20);
    private readonly Option<int> _threads = CommonOptions.ThreadsOption();
    private readonly Option<bool> _json = CommonOptions.JsonOption();
    private readonly Option<string?> _out = CommonOptions.OutOption();

    private readonly Option<string?> _csv = new("--csv")
    {
        Description = "Write the result as CSV to this file.",
        HelpName = "file",
    };

    private readonly Option<int> _inputs = new("--inputs")
    {
        Description = "Size of the inputs that calls take in turn, in MiB. It should exceed the caches.",
        DefaultValueFactory = _ => 128,
        HelpName = "n",
    };

    public OpOptions() => OptionChecks.Between(1, 1 << 20, _inputs);

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_repetitions, _threads, _inputs, _json, _csv, _out]) command.Add(option);
    }

    public OpSettings Read(ParseResult parse) =>
        new(parse.GetValue(_repetitions), parse.GetValue(_json), parse.GetValue(_out));

    /// <summary>Starts a run with at least this size of inputs.</summary>
    public OpRun Start(ParseResult parse, nint leastBytes) => new(
        parse.GetValue(_threads),
        parse.GetValue(_repetitions),
        Math.Max((nint)parse.GetValue(_inputs) << 20, leastBytes));

    public void Finish(ParseResult parse, Terminal terminal, OpBenchReport report)
    {
        if (parse.GetValue(_out) is { } path)
            ReportFile.Write(path, $"{report.Kind}-cpu", report, HostJson.Readable.OpBenchReport);
        if (parse.GetValue(_csv) is { } csv) File.WriteAllText(csv, OpRun.Csv(report));
        if (parse.GetValue(_json))
            terminal.Out.WriteLine(JsonSerializer.Serialize(report, HostJson.Readable.OpBenchReport));
        else OpRun.Write(terminal.Out, report);
    }

    /// <summary>A list of positive whole numbers.</summary>
    public static int[] Numbers(ParseResult parse, Option<string> option) => [.. Items(parse, option)
        .Select(text => Number(text) ?? throw Wrong(option, text, "positive numbers, such as 64,128"))];

    /// <summary>A list of pairs of positive whole numbers with a separator between them.</summary>
    public static (int First, int Second)[] Pairs(ParseResult parse, Option<string> option, char between, string sample)
    {
        return [.. Items(parse, option).Select(text =>
            text.Split(between) is [var first, var second] && Number(first) is { } one && Number(second) is { } other
                ? (one, other)
                : throw Wrong(option, text, sample))];
    }

    private static string[] Items(ParseResult parse, Option<string> option) =>
        parse.GetRequiredValue(option).Split(',', StringSplitOptions.TrimEntries);

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && number is > 0 and < 1 << 20 ? number : null;

    private static UsageException Wrong(Option<string> option, string text, string expected) =>
        new($"{option.Name} '{text}': expected {expected}");
}
