using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;
using Tokenizer = PlannedDiffusion.Tokenization.Tokenizer;

namespace PlannedDiffusion.Tests.Tokenization;

/// <summary>
/// Microsoft.ML.Tokenizers, given the same words by a regular expression, merges them into the same ids. It does not
/// normalise, and it splits characters beyond the first plane. Such texts are not compared.
/// </summary>
public sealed class TokenizerOracleTests
{
    private const int FirstPlane = 0xFFFF;

    private readonly Tokenizer _tokenizer = Tokenizer.Load(TokenizerFiles.Directory);
    private readonly BpeTokenizer _oracle = BpeTokenizer.Create(new BpeOptions(
        Path.Combine(TokenizerFiles.Directory, "vocab.json"), Path.Combine(TokenizerFiles.Directory, "merges.txt"))
    {
        ByteLevel = true,
        PreTokenizer = new RegexPreTokenizer(new Regex(Pipeline.Pattern, RegexOptions.CultureInvariant), null),
    });

    [Fact]
    public void RandomTextsHaveTheSameIds() => Texts.ForAll(1000, Texts.UpTo(FirstPlane), AssertSame);

    [Fact]
    public void TextsOfThisProjectHaveTheSameIds()
    {
        foreach (string file in (string[])["README.md", "bench/README.md", "bench/prompts.txt", ".editorconfig"])
        {
            string text = File.ReadAllText(Repository.PathTo(file.Split('/')));
            Assert.NotEmpty(text);
            AssertSame(text);
        }
    }

    private void AssertSame(string text)
    {
        string plain = new NfcNormalizer().Normalize(text).ToString();
        if (plain.Any(char.IsSurrogate)) return;
        Assert.Equal(_oracle.EncodeToIds(plain, considerNormalization: false), _tokenizer.Encode(text));
    }
}
