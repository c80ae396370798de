using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Reports;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Bench.Virtual;

/// <summary>
/// <c>pd-bench simulate</c>: the real engine under load, on a clock that a table of step times moves.
/// </summary>
internal sealed class SimulateCommand
{
    private const int MostRequests = 1_000_000, MostSeeds = 1000;

    private readonly Terminal _terminal;

    private readonly Argument<string[]> _sections = new("sections")
    {
        Description = $"Tables: {string.Join(", ", SimulationSection.All.Select(section => section.Name))}. " +
            "The default is all.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string> _times = new("--times")
    {
        Description = $"Step times: {string.Join(", ", StepTables.All.Select(table => table.Name))}.",
        DefaultValueFactory = _ => $"{StepTables.H200.Name},{StepTables.H200Goal.Name}",
        HelpName = "name,name,..",
    };

    private readonly Option<string?> _workload = new("--workload")
    {
        Description = "File of recorded requests, as JSON lines. The default is bench/workloads/alpaca30.jsonl above " +
            "the program.",
        HelpName = "file",
    };

    private readonly Option<int> _requests = new("--requests")
    {
        Description = "Requests of each simulation.",
        DefaultValueFactory = _ => 1500,
        HelpName = "n",
    };

    private readonly Option<int> _seeds = new("--seeds")
    {
        Description = "Simulations of each row; the numbers are their means.",
        DefaultValueFactory = _ => 2,
        HelpName = "n",
    };

    private readonly Option<string?> _predictions = new("--predictions")
    {
        Description = "File of expected numbers, printed in brackets.",
        HelpName = "file",
    };

    private readonly Option<string?> _limits = new("--limits")
    {
        Description = $"With {LoadSections.Crossings}: write up to how many arrivals planning pays to this file, for " +
            "--decoder auto.",
        HelpName = "file",
    };

    private readonly Option<bool> _json = CommonOptions.JsonOption();
    private readonly Option<string?> _out = CommonOptions.OutOption();

    private SimulateCommand(Terminal terminal)
    {
        _terminal = terminal;
        OptionGrammar.AcceptOnly(_sections, [.. SimulationSection.All.Select(section => section.Name)]);
        OptionChecks.Between(1, MostRequests, _requests);
        OptionChecks.Between(1, MostSeeds, _seeds);
    }

    public static Command Create(Terminal terminal)
    {
        var simulate = new SimulateCommand(terminal);
        var command = new CommandWithExamples(
            "simulate", "Run the engine under load on a virtual clock: no model, no GPU, seconds.",
            ["pd-bench simulate check arrivals --times h200", "pd-bench simulate --seeds 5 --out serve-virtual.json"])
        {
            simulate._sections, simulate._times, simulate._workload, simulate._requests, simulate._seeds,
            simulate._predictions, simulate._limits, simulate._json, simulate._out,
        };
        command.SetAction((parse, cancellation) => Task.Run(() => simulate.Run(parse, cancellation), cancellation));
        return command;
    }

    private void Run(ParseResult parse, CancellationToken cancellation)
    {
        string[] names = parse.GetValue(_sections) ?? [];
        SimulationSection[] sections = [.. SimulationSection.All.Where(
            section => names.Length == 0 || names.Contains(section.Name))];
        StepTimes[] tables = [.. parse.GetRequiredValue(_times).Split(',').Select(StepTables.Find)];
        var plan = new SimulationPlan(
            Tokenizer.Load(ModelFolder.Resolve(null)),
            parse.GetValue(_workload) ?? RepositoryFile.Find("bench/workloads/alpaca30.jsonl", "--workload"),
            parse.GetValue(_requests),
            parse.GetValue(_seeds));
        SimulationPredictions? predictions =
            parse.GetValue(_predictions) is { } file ? SimulationPredictions.Read(file) : null;
        bool json = parse.GetValue(_json);
        var rows = new List<SimulationRow>();
        foreach (SimulationSection section in sections)
        {
            SimulationRow[] made = [.. Rows(section, plan, tables, cancellation).Select(
                row => predictions?.Beside(row) ?? row)];
            rows.AddRange(made);
            if (!json) Write(section, made);
        }

        if (parse.GetValue(_limits) is { } limits) LimitsFile.Write(limits, rows);
        var report = new SimulationReport(
            "serve-virtual",
            ReportFile.Origin(1),
            tables.ToDictionary(table => table.Name, table => table.Source),
            Path.GetFileNameWithoutExtension(plan.WorkloadPath),
            plan.Requests,
            plan.Seeds,
            predictions?.Source,
            rows);
        if (parse.GetValue(_out) is { } path)
            ReportFile.Write(path, report.Kind, report, SimulationJson.Readable.SimulationReport);
        if (json) _terminal.Out.WriteLine(JsonSerializer.Serialize(report, SimulationJson.Readable.SimulationReport));
    }

    private static IEnumerable<SimulationRow> Rows(
        SimulationSection section, SimulationPlan plan, StepTimes[] tables, CancellationToken cancellation)
    {
        foreach (SimulationRow row in tables.SelectMany(times => section.Rows(plan, times)))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return row;
        }
    }

    private void Write(SimulationSection section, SimulationRow[] rows)
    {
        _terminal.Out.WriteLine(section.Name);
        var table = new TextTable(["times", "variant", "load", .. section.Columns.Select(name => name + ">")]);
        foreach (SimulationRow row in rows)
            table.Add([row.Times, row.Variant, row.Load, .. section.Columns.Select(name => Text(row, name))]);
        table.Write(_terminal.Out);
        _terminal.Out.WriteLine();
    }

    private static string Text(SimulationRow row, string name)
    {
        if (!row.Numbers.TryGetValue(name, out double value)) return "-";
        double predicted = 0;
        bool isPredicted = row.Predicted?.TryGetValue(name, out predicted) == true;
        return isPredicted ? $"{Number(value)} ({Number(predicted)})" : Number(value);
    }

    private static string Number(double value) =>
        value.ToString(Math.Abs(value) < 0.1 ? "0.0000" : "0.00", CultureInfo.InvariantCulture);
}
