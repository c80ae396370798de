using System.Globalization;
using PlannedDiffusion.Cli.Shared.Reports;
using PlannedDiffusion.Cli.Shared.Streams;
using Spectre.Console;

namespace PlannedDiffusion.Cli.Profile;

/// <summary>A profile as readable tables: passes, times, and where the rest of the speedup is lost.</summary>
internal sealed class ProfileTables(Terminal terminal)
{
    private const int PlainWidth = 120, NameLength = 110;

    private static readonly string[] Stages = ["prefill", "plan", "denoise", "sync"];

    private readonly IAnsiConsole _console = Console(terminal);

    public void Write(ProfileReport report)
    {
        string where = report is { Before: { } before, After: { } after }
            ? $"{report.Origin.Processor}, {Plural(report.Origin.Threads, "thread")}, {report.Origin.Simd}; memory " +
                $"{Number(before.GigabytesPerSecond)}..{Number(after.GigabytesPerSecond)} GB/s"
            : report.Device;
        Line($"{report.Model.Name}: {Units.Count(report.Model.Parameters)} in {report.Model.Types}; {where}");
        double step = report.Total[0].Account.AutoregressiveStepSeconds;
        Line($"{Plural(report.Requests.Count, "request")}, steps ratio " +
            $"{report.StepsRatio.ToString(CultureInfo.InvariantCulture)}, median of {report.Repetitions}; " +
            $"a step of one token at a time takes {Number(1e3 * step)} ms: " +
            $"{Number(report.Model.WeightBytes / step / 1e9)} GB/s of weights");
        Line($"times from {report.Clock}");
        foreach (ProfiledDecoderReport total in report.Total.Skip(1)) Line(How(total));
        Line("");
        foreach ((int i, ProfiledRequestReport request) in report.Requests.Index())
            Line($"{i + 1,3}  {Short(request.Name)}");
        Write("passes that follow one another", report, Passes, [
            "tokens", .. Stages, "all", "drafts", "rows/pass", "tokens/pass", "ideal speedup"]);
        Write("time, ms", report, Times, [.. Stages, "host", "idle", "all", "step/ar step", "achieved"]);
        Write("from the ideal time to the measured one, ms", report, Gap, [
            "ideal", "heavier steps", "planning", "prefill", "host", "idle", "measured"]);
        WriteDrafts(report.Total);
        foreach (ProfiledDecoderReport total in report.Total.Skip(1)) Line(Sentence(total));
    }

    /// <summary>Writes the stages with drafts over all requests; nothing if no token was drafted.</summary>
    private void WriteDrafts(IReadOnlyList<ProfiledDecoderReport> total)
    {
        if (total.All(one => one.Path.Drafted == 0)) return;
        Line("");
        Line("drafts of all requests: rows of drafted tokens, and the passes that they saved");
        var table = new Table().Border(TableBorder.Simple);
        foreach (string head in (string[])["decoder", "stage"]) table.AddColumn(head);
        foreach (string head in (string[])["passes", "rows", "drafted", "kept", "rejected", "tokens/pass"])
            table.AddColumn(new TableColumn(head) { NoWrap = true }.RightAligned());
        foreach (ProfiledDecoderReport one in total)
        {
            string name = one.Decoder;
            foreach ((string stage, StageReport all) in one.Path.Stages.Where(stage => stage.Value.Drafted > 0))
            {
                Row(table, name, stage, [
                    Count(all.Passes),
                    $"{all.Rows}",
                    Count(all.Drafted),
                    $"{all.Kept}",
                    $"{all.Drafted - all.Kept}",
                    Number((double)(all.Passes + all.Kept) / all.Passes),
                ]);
                name = "";
            }
        }

        _console.Write(table);
    }

    private void Write(
        string title,
        ProfileReport report,
        Func<ProfiledPathReport, ProfiledAccountReport, string[]> cells,
        string[] heads)
    {
        Line("");
        Line(title);
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn(new TableColumn("").RightAligned()).AddColumn(new TableColumn("decoder") { NoWrap = true });
        foreach (string head in heads) table.AddColumn(new TableColumn(head) { NoWrap = true }.RightAligned());
        foreach ((int i, ProfiledRequestReport request) in report.Requests.Index())
        {
            string name = Count(i + 1);
            foreach (ProfiledRunReport run in request.Runs)
            {
                Row(table, name, run.Decoder, cells(run.Path, run.Account));
                name = "";
            }
        }

        if (report.Requests.Count > 1)
        {
            string name = "all";
            foreach (ProfiledDecoderReport total in report.Total)
            {
                Row(table, name, total.Decoder, cells(total.Path, total.Account));
                name = "";
            }
        }

        _console.Write(table);
    }

    private static string[] Passes(ProfiledPathReport path, ProfiledAccountReport account) =>
    [
        Count(path.Tokens),
        .. Stages.Select(stage => Count(Stage(path, stage).Passes)),
        Count(path.Passes),
        path.Drafted == 0 ? "" : $"{path.Kept}/{path.Drafted}",
        Number(path.RowsPerPass),
        Number(path.TokensPerPass),
        Number(account.IdealSpeedup) + "x",
    ];

    private static string[] Times(ProfiledPathReport path, ProfiledAccountReport account) =>
    [
        .. Stages.Select(stage => Milliseconds(Stage(path, stage).Seconds)),
        Milliseconds(path.HostSeconds),
        Milliseconds(path.IdleSeconds),
        Milliseconds(path.Seconds),
        Number(account.StepCost),
        Number(account.AchievedSpeedup) + "x",
    ];

    private static string[] Gap(ProfiledPathReport path, ProfiledAccountReport account) =>
    [
        Milliseconds(account.IdealSeconds),
        Signed(account.Gap.HeavierSteps),
        Signed(account.Gap.Planning),
        Signed(account.Gap.Prefill),
        Signed(account.Gap.Host),
        Signed(account.Gap.Idle),
        Milliseconds(path.Seconds),
    ];

    private static string How(ProfiledDecoderReport total) =>
        $"{total.Decoder}: {(total.Policy is { } policy ? $"policy {policy.Text}, " : "")}drafts {total.Drafts}";

    private static string Sentence(ProfiledDecoderReport total) => string.Create(
        CultureInfo.InvariantCulture,
        $"{total.Decoder}: {total.Account.IdealSpeedup:0.00} times fewer passes than one token at a time, and " +
        $"{total.Account.AchievedSpeedup:0.00} times the speed; " +
        $"a {(total.Policy is null ? "pass" : "denoise step")} costs {total.Account.StepCost:0.0} steps");

    // Autoregressive decoding has no denoise steps. Its passes take their column.
    private static StageReport Stage(ProfiledPathReport path, string stage) =>
        path.Stages.TryGetValue(stage, out StageReport? found) ? found
        : stage == "denoise" && path.Stages.TryGetValue("autoregressive", out found) ? found
        : new StageReport(0, 0, 0, 0, 0);

    private static void Row(Table table, string name, string decoder, string[] cells) =>
        table.AddRow(((string[])[name, decoder, .. cells]).Select(cell => new Spectre.Console.Text(cell)));

    private static IAnsiConsole Console(Terminal terminal)
    {
        var settings = new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.OutScreen) };
        if (!terminal.MovesCursor) settings.Ansi = AnsiSupport.No;
        IAnsiConsole console = AnsiConsole.Create(settings);
        if (!terminal.OutIsInteractive) console.Profile.Width = PlainWidth;
        return console;
    }

    private void Line(string text) => _console.WriteLine(VisibleText.OneLine(text));

    private static string Short(string name)
    {
        name = name.ReplaceLineEndings(" ");
        return name.Length <= NameLength ? name : name[..(NameLength - 1)] + "…";
    }

    private static string Plural(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";

    private static string Count(int count) => count == 0 ? "" : count.ToString(CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Milliseconds(double seconds) => seconds == 0
        ? "" : (1e3 * seconds).ToString(seconds < 0.1 ? "0.00" : "0.0", CultureInfo.InvariantCulture);

    private static string Signed(double seconds) =>
        (1e3 * seconds).ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture);
}
