using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Tests.Tokenization;

/// <summary>Short and long words use different algorithms with the same ids.</summary>
public sealed class BytePairEncoderTests
{
    [Theory]
    [InlineData(0, 60)]
    [InlineData(49, 700)]
    public void WordsMergeByRankAndFromTheLeft(int shortest, int longest)
    {
        TokenizerFile file = TokenizerFile.Load(TokenizerFiles.Directory);
        var vocabulary = new Vocabulary(file);
        var encoder = new BytePairEncoder(vocabulary, new MergeTable(file, vocabulary));
        var ranks = new Dictionary<(string, string), int>();
        foreach (MergeRule merge in file.Merges) ranks.Add((merge.Left, merge.Right), ranks.Count);
        Arbitrary<byte[]> words = Gen.Choose(shortest, longest)
            .SelectMany(length => Gen.Elements<byte>([.. "aeinorst th éण"u8]).ArrayOf(length)).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(150).WithReplay(5, 9), Prop.ForAll(words, word =>
        {
            var ids = new List<int>();
            encoder.Encode(word, ids);
            Assert.Equal(Merge(word, ranks).Select(spelling => vocabulary.Find(spelling)!.Value), ids);
        }));
    }

    [Fact]
    public void LongWordsDoNotTakeQuadraticTime()
    {
        using TemporaryDirectory directory = TinyTokenizer.Write(TinyTokenizer.Describe());
        Tokenizer tokenizer = Tokenizer.Load(directory.Path);
        int[] ids = tokenizer.Encode(new string('a', 300_003));
        Assert.Equal(Enumerable.Repeat(tokenizer.TokenId("aaaa")!.Value, 75_000), ids[..^2]);
        Assert.Equal([tokenizer.TokenId("aa"), tokenizer.TokenId("a")], ids[^2..].Cast<int?>());
        // A run of blanks, of marks or of line ends is one word, too.
        foreach (string text in " !\n\u0301".Select(c => new string(c, 100_000)))
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    private static List<string> Merge(byte[] word, Dictionary<(string, string), int> ranks)
    {
        List<string> parts = [.. word.Select(value => ByteAlphabet.CharOf(value).ToString())];
        while (true)
        {
            int best = -1, lowest = int.MaxValue;
            for (int i = 0; i + 1 < parts.Count; i++)
            {
                if (!ranks.TryGetValue((parts[i], parts[i + 1]), out int rank) || rank >= lowest) continue;
                (best, lowest) = (i, rank);
            }

            if (best < 0) return parts;
            parts[best] += parts[best + 1];
            parts.RemoveAt(best + 1);
        }
    }
}
