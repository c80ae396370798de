using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Tests.Cli;

/// <summary>A checkpoint folder with a small random model and the tokenizer of the test cases.</summary>
public sealed class CliModel : IDisposable
{
    private readonly TemporaryDirectory _folder;

    public CliModel()
    {
        _folder = TokenizerFiles.Copy("tokenizer.json");
        var tokenizer = Tokenizer.Load(_folder.Path);
        Config = TinyModels.Config(layers: 2, vocabulary: tokenizer.VocabularySize) with
        {
            MaskTokenId = tokenizer.AddedTokenId("<|mask|>"),
        };
        TinyModels.WriteTo(_folder.Path, Config);
    }

    public ModelConfig Config { get; }

    public string Path => _folder.Path;

    public string File(string name) => _folder.File(name);

    public void Dispose() => _folder.Dispose();
}
