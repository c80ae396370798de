using System.Text.RegularExpressions;
using BenchmarkDotNet.Attributes;
using Microsoft.ML.Tokenizers;
using PlannedDiffusion.Tokenization;
using Tokenizer = PlannedDiffusion.Tokenization.Tokenizer;

namespace PlannedDiffusion.Microbenchmarks;

/// <summary>
/// Compares encoding with Microsoft.ML.Tokenizers, with the same vocabulary, merges and word rule. PD_TOKENIZER names a
/// folder with tokenizer.json, vocab.json and merges.txt. PD_TEXT names a text file of about a megabyte.
/// </summary>
[MemoryDiagnoser]
public class TokenizerBenchmarks
{
    private Tokenizer _ours = null!;
    private BpeTokenizer _theirs = null!;
    private string _text = "";

    [Params("prose", "prompt", "blanks")]
    public string Text { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        string folder = Required("PD_TOKENIZER");
        _ours = Tokenizer.Load(folder);
        var words = new Regex(Pipeline.Pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant);
        var options = new BpeOptions(Path.Combine(folder, "vocab.json"), Path.Combine(folder, "merges.txt"))
        {
            ByteLevel = true,
            PreTokenizer = new RegexPreTokenizer(words, null),
        };
        _theirs = BpeTokenizer.Create(options);
        _text = Text switch
        {
            "prose" => File.ReadAllText(Required("PD_TEXT")),
            "prompt" => File.ReadAllText(Required("PD_TEXT"))[..200],
            _ => new string(' ', 1 << 20),
        };
    }

    [Benchmark(Baseline = true)]
    public int PlannedDiffusion() => _ours.Encode(_text).Length;

    [Benchmark]
    public int MicrosoftMLTokenizers() => _theirs.EncodeToIds(_text, considerNormalization: false).Count;

    private static string Required(string name) => Environment.GetEnvironmentVariable(name)
        ?? throw new InvalidOperationException($"{name} is not set: see the summary of {nameof(TokenizerBenchmarks)}.");
}
