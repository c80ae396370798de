using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using PlannedDiffusion.Tokenization.Templates;
using Xunit;

namespace PlannedDiffusion.Tests.Tokenization;

public sealed class TokenizerTests
{
    private readonly Tokenizer _tokenizer = Tokenizer.Load(TokenizerFiles.Directory);
    private readonly NfcReference _nfc = new();

    [Fact]
    public void DecodingTheIdsOfATextGivesItsNormalForm() => Texts.ForAll(1000, Texts.UpTo(), text =>
    {
        int[] ids = _tokenizer.Encode(text);
        Assert.Equal(_nfc.Normalize(text), _tokenizer.Decode(ids));
        Assert.DoesNotContain(ids, _tokenizer.IsAdded);
        Assert.Equal(text.Length == 0, ids.Length == 0);
    });

    [Fact]
    public void TheTokensOfATextHaveTheBytesOfItsNormalForm() => Texts.ForAll(1000, Texts.UpTo(), text =>
    {
        string normalized = _tokenizer.Normalize(text);
        int[] ids = _tokenizer.Encode(text);
        Assert.Equal(_nfc.Normalize(text), Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(normalized)));
        Assert.Equal(ids, _tokenizer.EncodeNormalized(normalized));
        Assert.Equal(Encoding.UTF8.GetBytes(normalized), ids.SelectMany(id => _tokenizer.BytesOf(id).ToArray()));
        Assert.Same(normalized, _tokenizer.Normalize(normalized));
        Assert.Equal(
            Encoding.UTF8.GetBytes(text),
            _tokenizer.EncodeNormalized(text).SelectMany(id => _tokenizer.BytesOf(id).ToArray()));
    });

    [Fact]
    public void TrustedTextKeepsTagsAndText() => Texts.ForAll(1000, Texts.UpTo(), text =>
    {
        string tagged = $"{text}<async>{text}<|im_end|></topic>";
        int[] ids = _tokenizer.EncodeTrusted(tagged);
        Assert.Equal(_nfc.Normalize(tagged), _nfc.Normalize(_tokenizer.Decode(ids)));
        Assert.Contains(_tokenizer.TokenId("<async>")!.Value, ids);
        Assert.Equal([_tokenizer.TokenId("<|im_end|>"), _tokenizer.TokenId("</topic>")], ids[^2..].Cast<int?>());
    });

    [Fact]
    public void PiecesWithoutTagsAreEncodedAsOneText() => Texts.ForAll(1000, Texts.UpTo(), text =>
    {
        // Without cuts the tags would be recognised in trusted text. A tag that a cut splits is not.
        text = text.Replace("<", "", StringComparison.Ordinal).Replace("[PAD]", "", StringComparison.Ordinal);
        int first = BetweenCharacters(text.Length / 3), last = BetweenCharacters(text.Length * 2 / 3);
        Assert.Equal(_tokenizer.Encode(text), _tokenizer.EncodePieces(
            [new TextPiece(text[..first], true), new(text[first..last], false), new(text[last..], true)]));

        int BetweenCharacters(int at) => at < text.Length && char.IsLowSurrogate(text[at]) ? at - 1 : at;
    });

    [Fact]
    public void OnlyTrustedPiecesHaveTags() => Texts.ForAll(1000, Texts.UpTo(), text =>
    {
        int[] ids = _tokenizer.EncodePieces([new("<async>ab", true), new(text + "</asy", false), new("nc>", true)]);
        Assert.Equal(_tokenizer.AddedTokenId("<async>"), ids[0]);
        Assert.Equal(_tokenizer.Encode($"ab{text}</async>"), ids[1..]);
    });

    [Fact]
    public void StreamedPiecesFormTheDecodedText()
    {
        Arbitrary<int[]> anyIds = Gen.Choose(-1, _tokenizer.VocabularySize).ArrayOf().ToArbitrary();
        foreach (bool skipSpecial in (bool[])[false, true])
        {
            var stream = new StreamingDetokenizer(_tokenizer, skipSpecial);
            Check.One(Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(11, 13), Prop.ForAll(anyIds, ids =>
            {
                string expected = _tokenizer.Decode(ids, skipSpecial);
                string[] pieces = [.. ids.Select(id => stream.Append(id)), stream.Flush()];
                Assert.Equal(expected, string.Concat(pieces));
                Assert.Equal(expected, stream.Append(ids) + stream.Flush());
                Assert.All(pieces, piece => Assert.False(piece.Length > 0 && char.IsHighSurrogate(piece[^1])));
            }));
        }
    }

    [Fact]
    public void AnIncompleteCharacterIsHeldBack()
    {
        var stream = new StreamingDetokenizer(_tokenizer);
        IEnumerable<char> spelling = "é👍"u8.ToArray().Select(ByteAlphabet.CharOf);
        int[] bytes = [.. spelling.Select(c => _tokenizer.TokenId($"{c}")!.Value)];
        Assert.Equal(["", "é", "", "", "", "👍"], bytes.Select(id => stream.Append(id)));
        Assert.Equal("", stream.Flush());
        Assert.Equal("", stream.Append(bytes.AsSpan(0, 1)));
        Assert.Equal("\uFFFD<async>", stream.Append(_tokenizer.TokenId("<async>")!.Value));
        Assert.Equal("", stream.Append(bytes.AsSpan(2, 3)));
        Assert.Equal("\uFFFD", stream.Flush());
        Assert.Equal("é", stream.Append(bytes.AsSpan(0, 2)));
    }

    [Fact]
    public void SpecialTokensAreLeftOutOnRequestAndTagsAreNotSpecialHere()
    {
        int[] ids = _tokenizer.EncodeTrusted("<|im_start|>a<async>b<|im_end|>");
        Assert.Equal("<|im_start|>a<async>b<|im_end|>", _tokenizer.Decode(ids));
        Assert.Equal("a<async>b", _tokenizer.Decode(ids, skipSpecial: true));
        Assert.True(_tokenizer.IsSpecial(ids[0]));
        Assert.False(_tokenizer.IsSpecial(ids[2]));
        Assert.True(_tokenizer.IsAdded(ids[2]));
    }

    [Fact]
    public void IdsWithoutATokenGiveNoText()
    {
        int[] ids = [64, -1, 2057, _tokenizer.VocabularySize, int.MaxValue, int.MinValue, 65];
        Assert.Equal("ab", _tokenizer.Decode(ids));
        Assert.False(_tokenizer.IsSpecial(-1));
        Assert.False(_tokenizer.IsAdded(int.MaxValue));
        Assert.Null(_tokenizer.TokenId("no such token"));
        Assert.Equal(2070, _tokenizer.VocabularySize);
    }

    /// <summary>More than two gigabytes from half a million ids are refused before anything is allocated.</summary>
    [Fact]
    public void ATextTooLongForAnArrayIsRefused()
    {
        JsonObject description = TinyTokenizer.Describe();
        description["added_tokens"]!.AsArray().Add((JsonNode)TinyTokenizer.Added(400, new string('x', 1 << 16)));
        using TemporaryDirectory folder = TinyTokenizer.Write(description);
        var tokenizer = Tokenizer.Load(folder.Path);
        int[] ids = new int[1 << 15];
        Array.Fill(ids, 400);
        var error = Assert.Throws<ArgumentException>(() => tokenizer.Decode(ids));
        Assert.StartsWith("The text of 32768 tokens has 2147483648 bytes.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EncodingCanAppendToAList()
    {
        List<int> ids = [7];
        Assert.Equal(_tokenizer.Encode("Hello<async>").Length, _tokenizer.Encode("Hello<async>", ids));
        Assert.Equal(_tokenizer.EncodeTrusted("Hello<async>").Length, _tokenizer.EncodeTrusted("Hello<async>", ids));
        Assert.Equal([7, .. _tokenizer.Encode("Hello<async>"), .. _tokenizer.EncodeTrusted("Hello<async>")], ids);
    }

    [Fact]
    public void EncodingAllocatesOnlyTheResult()
    {
        // Half a megabyte, because the runtime counts small objects in steps of 8 KiB.
        string text = TextGenerator.Text(Enumerable.Range(0, 400_000));
        _tokenizer.Encode(text);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int[] ids = _tokenizer.Encode(text);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(allocated, 4 * ids.Length, 4 * ids.Length + 16_384);
    }

    [Fact]
    public void ConcurrentCallersGetTheSameIds()
    {
        string[] texts = [.. Enumerable.Range(0, 64).Select(i => TextGenerator.Text(Enumerable.Range(i * 100, 300)))];
        int[][] expected = [.. texts.Select(text => _tokenizer.Encode(text))];
        Parallel.For(0, 512, i => Assert.Equal(expected[i % 64], _tokenizer.Encode(texts[i % 64])));
    }
}
