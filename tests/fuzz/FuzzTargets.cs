using System.Text;
using System.Text.Json;
using PlannedDiffusion.Cli.Evaluate;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Reports;
using PlannedDiffusion.Cli.Shared.Requests;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Hub;
using PlannedDiffusion.Models;
using PlannedDiffusion.Tokenization;
using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Fuzz;

/// <summary>Every reader of untrusted files or texts.</summary>
internal static class FuzzTargets
{
    private const string IndexName = "model.safetensors.index.json";
    private static readonly string Root = FindRoot();
    private static readonly Lazy<Tokenizer> Demo = new(() => Tokenizer.Load(Path.Combine(Root, "models", "demo")));
    private static readonly Lazy<EvaluationSettings> Settings = new(JournalSettings);

    public static FuzzTarget[] All { get; } =
    [
        new("safetensors", InFolder("model.safetensors", Safetensors), "\"dtype\":", "\"shape\":[", "F32", "{}"),
        new("weights", InFolder("model.safetensors", Weights), "\"dtype\":", "model.", ".weight"),
        new("index", InFolder("model.safetensors.index.json", Index), "\"weight_map\":{", "../", ".safetensors"),
        new("listing", InFolder("listing.json", Listing), "\"siblings\":[", "{\"rfilename\":", "config.json", "null"),
        new("shards", InFolder(IndexName, Shards), "\"weight_map\":{", "../", "\\u0000", ".safetensors"),
        new("config", InFolder("config.json", Config), "null", "\"rope_scaling\":{", "\"rope_type\":", "1e9"),
        new("tokenizer", InFolder("tokenizer.json", LoadTokenizer), "\"added_tokens\":[{", "\\ud800", "null", "[]"),
        new("tokenizer-config", InFolder("tokenizer_config.json", LoadTokenizer), "\"eos_token\":", "null", "{}"),
        new("added-tokens", InFolder("added_tokens.json", LoadOlderTokenizer), "\":", "<|im_end|>", "null"),
        new("stop-tokens", InFolder("generation_config.json", ReadStopTokens), "\"eos_token_id\":[", "null", "1e9"),
        new(
            "template",
            InFolder("chat_template.jinja", RenderTemplate),
            "{%- ", " -%}", "{{ ", " }}", "for m in messages", "endfor", "if ", "elif ", "else", "endif", "set x = ",
            "namespace(", "macro f(a, b=1)", "endmacro", "|trim", "|tojson", "|join(", "|default(", ".strip()", "[1:]",
            "[::-1]", " is defined", " in ", "loop.index0", "raise_exception('", "messages", "m['content']"),
        new("defaults", InFolder("planned_diffusion.json", Defaults), "\"system_prompts\":{", "null", "[]"),
        new("prompts", InFolder("prompts.jsonl", Prompts), "\"question\":", "\"facts\":[[", "\n", "\ufeff"),
        new("workload", InFolder("workload.jsonl", Workload), "\"rounds\":[[", "\"prompt_tokens\":", "\n", "1e99"),
        new("journal", InFolder("answers.jsonl", Journal), "\"cell\":", "null", "\n"),
        new("text", Text, "<|im_end|>", "<async>", "\u0301", "\ud83d\ude00", "e\u0323\u0345"),
    ];

    // Not a field: it would run before the branches are counted anywhere.
    private static ModelName FuzzedModel => ModelName.Parse("own/er");

    private static bool Safetensors(string folder)
    {
        using var file = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        int sum = 0;
        foreach (TensorInfo tensor in file.Header.Tensors)
        {
            ReadOnlySpan<byte> bytes = file.BytesOf(tensor);
            if (bytes.Length > 0) sum += bytes[0] + bytes[^1];
        }

        return sum >= 0;
    }

    private static bool Weights(string folder)
    {
        string config = Path.Combine(folder, "config.json");
        if (!File.Exists(config)) File.Copy(Seed("config"), config);
        using var weights = ModelWeights.Load(folder);
        return true;
    }

    private static bool Index(string folder) =>
        SafetensorsIndex.Read(Path.Combine(folder, "model.safetensors.index.json")).ShardOf.Count > 0;

    /// <summary>Whatever a hub lists: what is fetched are plain files in the snapshot's folder.</summary>
    private static bool Listing(string folder)
    {
        var listing = ModelListing.Parse(File.ReadAllBytes(Path.Combine(folder, "listing.json")));
        return WantedFiles.Of(listing, FuzzedModel).All(IsPlain);
    }

    private static bool Shards(string folder) =>
        WantedFiles.Shards(Path.Combine(folder, IndexName), FuzzedModel).All(IsPlain);

    private static bool IsPlain(string name) =>
        Path.GetFileName(name) == name && name.AsSpan().IndexOfAny("/\\:\0") < 0 && name[0] != '.' ? true
            : throw new InvalidOperationException($"A file's name is a path: {name}");

    private static bool Config(string folder) =>
        ModelConfigFile.Read(Path.Combine(folder, "config.json")).LayerCount > 0;

    private static bool LoadTokenizer(string folder)
    {
        string json = Path.Combine(folder, "tokenizer.json");
        if (!File.Exists(json)) File.Copy(Seed("tokenizer"), json);
        var tokenizer = Tokenizer.Load(folder);
        int[] ids = tokenizer.Encode("It's 12 e\u0301 <|im_end|>\r\n  x");
        if (ids.Any(tokenizer.IsAdded)) throw new InvalidOperationException("Plain text became an added token.");
        _ = tokenizer.Decode(ids);
        return true;
    }

    private static bool LoadOlderTokenizer(string folder)
    {
        string json = Path.Combine(folder, "tokenizer.json"), vocabulary = Path.Combine(folder, "vocab.json");
        if (!File.Exists(vocabulary))
        {
            using var model = JsonDocument.Parse(File.ReadAllBytes(Seed("tokenizer")));
            JsonElement bpe = model.RootElement.GetProperty("model");
            File.WriteAllText(vocabulary, bpe.GetProperty("vocab").GetRawText());
            IEnumerable<string> merges = bpe.GetProperty("merges").EnumerateArray().Select(merge => merge.GetString()!);
            File.WriteAllLines(Path.Combine(folder, "merges.txt"), merges);
            File.Copy(Seed("tokenizer-config"), Path.Combine(folder, "tokenizer_config.json"));
        }

        File.Delete(json);
        _ = Tokenizer.Load(folder);
        return true;
    }

    private static bool ReadStopTokens(string folder) =>
        StopTokens.Read(folder, Demo.Value, Demo.Value.VocabularySize).Ids.Length > 0;

    private static bool RenderTemplate(string folder)
    {
        var template = ChatTemplate.Load(folder, Demo.Value);
        if (template.Problem is { } problem) Check(problem);
        ChatMessage[] messages = [new("system", "Be <|im_end|> brief."), new("user", " hi \n"), new("tool", "yes")];
        try
        {
            _ = template.Encode(messages);
        }
        catch (ArgumentException)
        {
            return false; // the template refuses the conversation
        }

        return true;
    }

    private static bool Defaults(string folder) =>
        CheckpointDefaults.Read(folder).SystemPrompt(new PlannedOptions()) is not null;

    private static bool Prompts(string folder) => PromptFile.Read(Path.Combine(folder, "prompts.jsonl")).Length > 0;

    private static bool Workload(string folder) =>
        RecordedRequest.Read(Path.Combine(folder, "workload.jsonl")).Length > 0;

    /// <summary>The input is the journal after its first line, which has the settings of this machine.</summary>
    private static bool Journal(string folder)
    {
        string path = Path.Combine(folder, EvaluationJournal.FileName);
        File.Delete(path);
        EvaluationJournal.Open(folder, Settings.Value).Dispose();
        using (FileStream file = File.Open(path, FileMode.Append))
            file.Write(File.ReadAllBytes(Path.Combine(folder, "answers.jsonl")));
        using var journal = EvaluationJournal.Open(folder, Settings.Value);
        return journal.Answers.Count > 0;
    }

    /// <summary>No text becomes a control token, and decoded text survives encoding and decoding.</summary>
    private static bool Text(byte[] input)
    {
        string text = Encoding.UTF8.GetString(input);
        int[] ids = Demo.Value.Encode(text);
        if (ids.Any(Demo.Value.IsAdded)) throw new InvalidOperationException("Text became an added token.");
        string back = Demo.Value.Decode(ids);
        if (Demo.Value.Decode(Demo.Value.Encode(back)) != back)
            throw new InvalidOperationException("Decoded text changes when it is encoded and decoded again.");
        return true;
    }

    /// <summary>A target that reads the input as a file of this name in a folder of its own.</summary>
    private static Func<byte[], bool> InFolder(string name, Func<string, bool> read)
    {
        string folder = Path.Combine(Path.GetTempPath(), "input");
        return input =>
        {
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(Path.Combine(folder, name), input);
            try
            {
                return read(folder);
            }
            catch (Exception e) when (IsDocumented(e))
            {
                Check(e.Message);
                return false;
            }
        };
    }

    private static bool IsDocumented(Exception e) =>
        e is IOException or ModelConfigException or TokenizerException or InvalidDataException or UsageException
            or NotSupportedException;

    /// <summary>A refusal is one line without control characters, and does not name a type of .NET.</summary>
    private static void Check(string message)
    {
        if (message.Any(char.IsControl)) throw new InvalidOperationException($"Control characters in: {message}");
        if (message.Contains("System.", StringComparison.Ordinal))
            throw new InvalidOperationException($"A type's name in: {message}");
    }

    private static EvaluationSettings JournalSettings() => EvaluationSettings.Of(
        Path.Combine(Root, "models", "demo"), [], [], new DecodingKnobs(), 1, "cpu", ReportFile.Origin(1));

    /// <summary>The valid file of this kind with which its corpus begins.</summary>
    private static string Seed(string target) => Path.Combine(Root, "tests", "fuzz", "corpus", target, "tiny");

    private static string FindRoot()
    {
        string? folder = Environment.CurrentDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "PlannedDiffusion.Native.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("Run this in the repository.");
    }
}
