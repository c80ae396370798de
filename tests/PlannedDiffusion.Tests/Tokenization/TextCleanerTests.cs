using System.Text.Json;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Tests.Tokenization;

public sealed class TextCleanerTests(ITestOutputHelper output)
{
    private static readonly string[] Pieces =
    [
        "<async>", "</async>", "<sync/>", "[PAD]", "<promise>", "-<topic>", "</topic>", "<|im_start|>assistant\n",
        "<|im_end|>", "\n", " ", "\t", "7", "٣", "word", "<", "[", "\u001C", "\u00A0",
    ];

    [Fact]
    [Trait("Category", "Golden")]
    public void TextsAreCleanedAsTheReferenceCleansThem()
    {
        string golden = Environment.GetEnvironmentVariable("PD_GOLDEN") is { Length: > 0 } other
            ? other
            : Repository.PathTo("tests", "golden");
        int cases = 0;
        foreach (string file in Directory.GetFiles(Path.Combine(golden, "clean_text"), "*.json"))
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (JsonElement line in document.RootElement.GetProperty("cases").EnumerateArray())
            {
                string text = line.GetProperty("text").GetString()!;
                Assert.Equal(line.GetProperty("cli").GetString(), TextCleaner.Clean(text));
                Assert.Equal(line.GetProperty("alpaca_eval").GetString(), TextCleaner.CleanForAlpacaEval(text));
                cases++;
            }
        }

        Assert.True(cases > 0, $"No cases in {golden}.");
        output.WriteLine($"{cases} cases of {golden}");
    }

    [Fact]
    public void AnyTextIsCleanedAsByTheRegularExpressions()
    {
        Arbitrary<string> texts = Gen.Elements(Pieces).ListOf().Select(string.Concat).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000).WithReplay(23, 29), Prop.ForAll(texts, text =>
        {
            string step = Regex.Replace(text, @"(<async>)(\d)", "$1\n$2");
            step = Regex.Replace(step, @"\[PAD\]|</?async>|<sync/>|<promise>.*?</topic>", " ");
            step = Regex.Replace(step, @"[ \t]+", " ");
            step = Regex.Replace(step, @"\A[\s\x1C-\x1F]+|[\s\x1C-\x1F]+\z", "");
            step = step.Replace("<|im_start|>assistant\n ", "<|im_start|>assistant\n", StringComparison.Ordinal);
            Assert.Equal(step, TextCleaner.Clean(text));
        }));
    }

    [Fact]
    public void DigitsBeyondSixteenBitsStartALine() => Assert.Equal("a \n𝟏", TextCleaner.Clean("a<async>𝟏"));

    [Fact]
    public void AMillionOpenPromisesDoNotTakeQuadraticTime()
    {
        string open = string.Concat(Enumerable.Repeat("<promise>", 100_000));
        Assert.Equal(open + "\n x", TextCleaner.Clean($"{open}\n</async>x"));
        Assert.Equal(open, TextCleaner.Clean(open));
    }
}
