using System.CommandLine;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Models;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Bench.Host;

/// <summary><c>pd-bench make-checkpoint</c>: writes random weights in a published shape.</summary>
internal sealed class CheckpointCommand
{
    private static readonly string[] TokenizerFiles =
    [
        "tokenizer.json", "vocab.json", "merges.txt", "tokenizer_config.json", "added_tokens.json",
        "special_tokens_map.json",
    ];

    private const int MostSize = 1 << 20;

    private readonly Option<string> _shape = new("--shape")
    {
        Description = "Sizes of a published model, or custom.",
        DefaultValueFactory = _ => ModelShapes.Names[0],
    };

    private readonly Option<string> _out = new("--out", "-o")
    {
        Description = "Folder to create. A folder with a checkpoint is refused.",
        HelpName = "folder",
        Required = true,
    };

    private readonly Option<int> _seed = new("--seed") { Description = "Seed of the weights.", HelpName = "n" };

    private readonly Option<string?> _tokenizer = new("--tokenizer")
    {
        Description = "Folder whose tokenizer is copied, for pd-bench decode. The model takes its mask token.",
        HelpName = "folder",
    };

    private readonly Option<int?> _vocabulary = Size("--vocabulary", "Vocabulary size.");
    private readonly Option<int?> _hidden = Size("--hidden", "Hidden size.");
    private readonly Option<int?> _mlp = Size("--mlp", "Intermediate size of the MLP.");
    private readonly Option<int?> _layers = Size("--layers", "Number of layers.");
    private readonly Option<int?> _heads = Size("--heads", "Number of query heads.");
    private readonly Option<int?> _kvHeads = Size("--kv-heads", "Number of key and value heads.");
    private readonly Option<int?> _headSize = Size("--head-size", "Head size.");

    private CheckpointCommand() => OptionGrammar.AcceptOnly(_shape, ModelShapes.Names);

    public static Command Create(Terminal terminal)
    {
        var make = new CheckpointCommand();
        var command = new CommandWithExamples(
            "make-checkpoint", "Write a checkpoint with random bf16 weights.",
            ["pd-bench make-checkpoint --shape 0.5b --out FOLDER"])
        {
            make._shape, make._out, make._seed, make._tokenizer, make._vocabulary,
            make._hidden, make._mlp, make._layers, make._heads, make._kvHeads, make._headSize,
        };
        command.SetAction(parse => make.Run(parse, terminal));
        return command;
    }

    private void Run(ParseResult parse, Terminal terminal)
    {
        string folder = parse.GetRequiredValue(_out);
        if (File.Exists(Path.Combine(folder, ModelConfigFile.Name)))
            throw new UsageException($"--out {folder}: there is a {ModelConfigFile.Name} already");
        string? tokenizerFolder = parse.GetValue(_tokenizer);
        ModelConfig config = Config(parse, tokenizerFolder is null ? null : Tokenizer.Load(tokenizerFolder));
        RandomCheckpoint.Write(folder, config, parse.GetValue(_seed));
        if (tokenizerFolder is not null)
        {
            foreach (string name in TokenizerFiles)
            {
                string source = Path.Combine(tokenizerFolder, name);
                if (File.Exists(source)) File.Copy(source, Path.Combine(folder, name), overwrite: true);
            }
        }

        var summary = CheckpointSummary.Read(folder);
        terminal.Out.WriteLine(
            $"{folder}: {Units.Count(summary.ParameterCount)} parameters, {Units.Bytes(summary.TotalBytes)}");
    }

    private ModelConfig Config(ParseResult parse, Tokenizer? tokenizer)
    {
        string name = parse.GetRequiredValue(_shape);
        ModelConfig shape = ModelShapes.Find(name);
        Option<int?>[] sizes = [_hidden, _mlp, _layers, _heads, _kvHeads, _headSize];
        if (name != ModelShapes.Custom && sizes.FirstOrDefault(size => parse.GetValue(size) is not null) is { } given)
            throw new UsageException($"{given.Name} needs --shape {ModelShapes.Custom}");
        int vocabulary = parse.GetValue(_vocabulary) ?? shape.VocabularySize;
        if (tokenizer?.VocabularySize > vocabulary)
            throw new UsageException($"--vocabulary {vocabulary}: the tokenizer has {tokenizer.VocabularySize} tokens");
        ModelConfig config = shape with
        {
            VocabularySize = vocabulary,
            HiddenSize = parse.GetValue(_hidden) ?? shape.HiddenSize,
            IntermediateSize = parse.GetValue(_mlp) ?? shape.IntermediateSize,
            LayerCount = parse.GetValue(_layers) ?? shape.LayerCount,
            HeadCount = parse.GetValue(_heads) ?? shape.HeadCount,
            KvHeadCount = parse.GetValue(_kvHeads) ?? shape.KvHeadCount,
            HeadSize = parse.GetValue(_headSize) ?? shape.HeadSize,
            MaskTokenId = tokenizer?.AddedTokenId("<|mask|>") ?? (vocabulary - 1),
        };
        if (config.HeadCount % config.KvHeadCount != 0)
            throw new UsageException($"--kv-heads {config.KvHeadCount} does not divide --heads {config.HeadCount}");
        if (config.HeadSize % 2 != 0) throw new UsageException($"--head-size {config.HeadSize} is odd");
        return config;
    }

    private static Option<int?> Size(string name, string description)
    {
        var size = new Option<int?>(name) { Description = description, HelpName = "n" };
        OptionChecks.Between(1, MostSize, size);
        return size;
    }
}
