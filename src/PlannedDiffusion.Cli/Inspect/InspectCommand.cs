using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Tokenization;
using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Cli.Inspect;

/// <summary><c>pd inspect</c>: describes a checkpoint and the memory that it needs, from its headers alone.</summary>
internal static class InspectCommand
{
    public static Command Create(Terminal terminal)
    {
        Option<string?> model = ModelFolder.Option();
        var positions = new Option<int>("--positions")
        {
            Description = "Length of the sequence for the memory estimate, in positions.",
            DefaultValueFactory = _ => 2048,
            HelpName = "n",
        };
        var rows = new Option<int>("--rows")
        {
            Description = "Rows of a step with logits, for the memory estimate.",
            DefaultValueFactory = _ => 64,
            HelpName = "n",
        };
        Option<string?> precision = DeviceOptions.PrecisionOption(
            "Type of the weights for the memory estimate. The default is the stored type.");
        var tensors = new Option<bool>("--tensors") { Description = "List all tensors." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object, tensors included." };
        OptionChecks.AtLeast(1, positions, rows);
        var command = new CommandWithExamples(
            "inspect", "Show configuration, tensors, sizes and memory of a checkpoint.",
            ["pd inspect --model FOLDER --tensors"])
        {
            model, positions, rows, precision, tensors, json,
        };
        command.SetAction(parse =>
        {
            string folder = ModelFolder.Resolve(parse.GetValue(model));
            InspectReport report = Read(
                folder,
                parse.GetValue(positions),
                parse.GetValue(rows),
                DeviceOptions.Precision(parse.GetValue(precision)));
            if (parse.GetValue(json))
            {
                terminal.Out.WriteLine(JsonSerializer.Serialize(report, InspectJson.Readable.InspectReport));
            }
            else Write(terminal.Out, report, parse.GetValue(tensors));
        });
        return command;
    }

    private static InspectReport Read(string folder, int positions, int rows, Precision? precision)
    {
        var summary = CheckpointSummary.Read(folder);
        MemoryEstimate memory = summary.Estimate(positions, rows, precision switch
        {
            null => null,
            Precision.F32 => DType.F32,
            _ => DType.BF16,
        });
        Tokenizer? tokenizer = TokenizerOf(folder);
        return new InspectReport(
            folder,
            summary.Config,
            summary.ParameterCount,
            [.. summary.Tensors.GroupBy(tensor => tensor.File)
                .Select(file => new FileReport(file.Key, file.Count(), file.Sum(tensor => tensor.Bytes)))],
            [.. summary.Tensors.Select(tensor => new TensorReport(
                tensor.Name, tensor.Type.ToString(), Shape(tensor.Shape), tensor.Bytes, tensor.File))],
            new MemoryReport(
                positions,
                rows,
                memory.WeightBytes,
                MemoryEstimate.KeyValueBytesPerPosition(summary.Config),
                memory.KeyValueBytes,
                memory.LogitsBytes,
                memory.TotalBytes),
            tokenizer is not null && ControlTokens.TryFromTokenizer(tokenizer, out ControlTokens? tokens)
                ? Named(tokens) : null,
            tokenizer is null ? null : StopsOf(folder, tokenizer, summary.Config),
            tokenizer is null ? null : Described(ChatTemplate.Load(folder, tokenizer)),
            tokenizer?.VocabularySize,
            summary.Notes);
    }

    private static ChatReport Described(ChatTemplate template) => new(template.Origin, template.Problem);

    // The tokenizer is optional: checkpoints with random weights for benchmarks have none.
    private static Tokenizer? TokenizerOf(string folder) =>
        File.Exists(Path.Combine(folder, "tokenizer.json")) || File.Exists(Path.Combine(folder, "vocab.json"))
            ? Tokenizer.Load(folder) : null;

    private static StopTokenReport[] StopsOf(string folder, Tokenizer tokenizer, ModelConfig config) =>
        [.. StopTokens.Read(folder, tokenizer, config.VocabularySize).Tokens
            .Select(stop => new StopTokenReport(stop.Id, stop.Content, stop.NamedBy))];

    private static Dictionary<string, int> Named(ControlTokens tokens) => new()
    {
        ["end"] = tokens.End,
        ["mask"] = tokens.Mask,
        ["asyncStart"] = tokens.AsyncStart,
        ["asyncEnd"] = tokens.AsyncEnd,
        ["promiseStart"] = tokens.PromiseStart,
        ["promiseEnd"] = tokens.PromiseEnd,
        ["sync"] = tokens.Sync,
        ["pad"] = tokens.Pad,
    };

    private static long[] Shape(string text) => JsonSerializer.Deserialize(text, InspectJson.Default.Int64Array)!;

    private static void Write(TextWriter writer, InspectReport report, bool tensors)
    {
        ModelConfig config = report.Config;
        MemoryReport memory = report.Memory;
        string vocabulary = config.VocabularySize.ToString(CultureInfo.InvariantCulture);
        string control = report.ControlTokens is { } ids
            ? string.Join(", ", ids.Select(id => $"{id.Key} {id.Value}"))
            : report.TokenizerVocabulary is null ? "no tokenizer in the folder" : "none: no planned diffusion";
        (string, string)[] lines =
        [
            ("model", report.Model),
            ("network", $"{config.ModelType}: {config.LayerCount} layers, hidden {config.HiddenSize}, " +
                $"MLP {config.IntermediateSize}, {config.HeadCount} heads of {config.HeadSize} " +
                $"({config.KvHeadCount} for keys and values)"),
            ("vocabulary", vocabulary + (config.TiedEmbeddings ? ", embedding shared with the output head" : "")),
            ("positions", string.Create(
                CultureInfo.InvariantCulture, $"{config.MaxPositions}, rotary base {config.RopeTheta}")),
            ("attention", config.DenseByDefault ? "spans see each other (dense)" : "spans are isolated (sparse)"),
            ("tags", control),
            .. Ends(report),
            ("chats", report.Chat is not { } chat ? "no tokenizer in the folder"
                : chat.Problem is { } problem ? $"refused: {problem}"
                : chat.Template == "ChatML" ? "ChatML: the folder has no chat template"
                : $"as {chat.Template} says"),
            ("weights", $"{Units.Count(report.ParameterCount)} in {Types(report)}"),
            .. report.Files.Select(file => ("", $"{file.Name}: {file.Tensors} tensors, {Units.Bytes(file.Bytes)}")),
            ("memory", $"weights {Units.Bytes(memory.Weights)}, keys and values {Units.Bytes(memory.KeyValues)} " +
                $"({memory.Positions} positions, {Units.Bytes(memory.KeyValuesPerPosition)} each), " +
                $"logits {Units.Bytes(memory.Logits)} ({memory.LogitsRows} rows)"),
            ("", $"together {Units.Bytes(memory.Total)}"),
            .. report.Notes.Select(note => ("note", note)),
        ];
        foreach ((string name, string value) in lines) writer.WriteLine($"{name,-12}{VisibleText.OneLine(value)}");
        if (!tensors) return;
        writer.WriteLine();
        var table = new TextTable("tensor", "type", "shape", "bytes>", "file");
        foreach (TensorReport tensor in report.Tensors)
        {
            string shape = $"[{string.Join(", ", tensor.Shape)}]";
            table.Add(tensor.Name, tensor.Type, shape, Units.Bytes(tensor.Bytes), tensor.File);
        }

        table.Write(writer);
    }

    private static IEnumerable<(string, string)> Ends(InspectReport report)
    {
        if (report.StopTokens is not { } stops) yield break;
        if (stops.Count == 0) yield return ("ends", "no token ends an answer: it gets as long as it may");
        for (int i = 0; i < stops.Count; i++)
        {
            string source = stops[i].NamedBy.Count == 0 ? "" : $" ({string.Join(", ", stops[i].NamedBy)})";
            yield return (i == 0 ? "ends" : "", $"{stops[i].Id} {stops[i].Content}{source}");
        }
    }

    private static string Types(InspectReport report) =>
        string.Join(", ", report.Tensors.Select(tensor => tensor.Type).Distinct().Order(StringComparer.Ordinal));
}
