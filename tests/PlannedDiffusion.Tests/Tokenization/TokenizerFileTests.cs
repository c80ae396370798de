using System.Text;
using System.Text.Json.Nodes;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Tests.Tokenization;

/// <summary>A tokenizer's files are untrusted: missing and unknown things are named with file and field.</summary>
public sealed class TokenizerFileTests
{
    public static TheoryData<string, string, string> Refused => new()
    {
        // field, its new JSON (empty: removed), part of the message
        { "model", "", "model: is missing" },
        { "model", "[]", "model: is not an object" },
        { "model.type", "\"Unigram\"", "model.type: Unigram is not supported" },
        { "model.type", "3", "model.type: is not a string" },
        { "model.byte_fallback", "true", "model.byte_fallback: true is not supported" },
        { "model.ignore_merges", "1", "model.ignore_merges: is neither true nor false" },
        { "model.dropout", "0.1", "model.dropout: is not supported" },
        { "model.dropout", "\"0\"", "model.dropout: is not supported" },
        { "model.end_of_word_suffix", "\"</w>\"", "model.end_of_word_suffix: is not supported" },
        { "model.vocab", "", "model.vocab: is missing" },
        { "model.vocab", "{}", "model.vocab: no token 'Ā' for byte 0" },
        { "model.vocab.a", "", "model.vocab: no token 'a' for byte 97" },
        { "model.vocab.a", "98", "model.vocab: 'b' has the id 98 of another token" },
        { "model.vocab.a", "-1", "model.vocab: 'a' has the id -1" },
        { "model.vocab.a", "2000000000", "model.vocab: 'a' has the id 2000000000" },
        { "model.vocab.a", "99999999999", "model.vocab.a: is not an integer" },
        { "model.vocab.a", "1.5", "model.vocab.a: is not an integer" },
        { "model.vocab.aa", "", "model.merges[0]: 'aa' is not in the vocabulary" },
        { "model.merges", "", "model.merges: is missing" },
        { "model.merges", "{}", "model.merges: is not an array" },
        { "model.merges", "[\"a a\", \"x\"]", "model.merges[1]: is not two tokens" },
        { "model.merges", "[\"a  a\"]", "model.merges[0]: is not two tokens" },
        { "model.merges", "[\" a\"]", "model.merges[0]: is not two tokens" },
        { "model.merges", "[[\"a\", \"a\"], [\"a\"]]", "model.merges[1]: has 1 parts" },
        { "model.merges", "[7]", "model.merges[0]: is not an array" },
        { "model.merges", "[\"a a\", \"a a\"]", "model.merges[1]: 'a a' appears twice" },
        { "model.merges", "[\"x y\"]", "model.merges[0]: 'xy' is not in the vocabulary" },
        { "added_tokens", "{}", "added_tokens: is not an array" },
        { "added_tokens", "[{\"id\": 1}]", "added_tokens[0].content: is missing" },
        { "added_tokens", "[{\"content\": \"<x>\"}]", "added_tokens[0].id: is missing" },
        { "added_tokens", "[{\"id\": 500, \"content\": \"\"}]", "added_tokens[0].content: is empty" },
        {
            "added_tokens",
            "[{\"id\": 5, \"content\": \"<x>\"}]",
            "added_tokens: '<x>' has the id 5 of another token"
        },
        {
            "added_tokens",
            "[{\"id\": 500, \"content\": \"<x>\"}, {\"id\": 501, \"content\": \"<x>\"}]",
            "added_tokens: '<x>' appears twice"
        },
        {
            "added_tokens",
            "[{\"id\": 500, \"content\": \"<x>\"}, {\"id\": 500, \"content\": \"<x>\"}]",
            "added_tokens: '<x>' has the id 500 of another token"
        },
        {
            "added_tokens",
            "[{\"id\": 500, \"content\": \"<x>\", \"lstrip\": true}]",
            "added_tokens[0].lstrip: true is not supported"
        },
        { "added_tokens", "[{\"id\": 5, \"content\": \"aa\"}]", "added_tokens: 'aa' has the id 256 in the voc" },
        { "normalizer", "{\"type\": \"NFKC\"}", "normalizer.type: NFKC is not supported, only NFC" },
        { "pre_tokenizer", "", "pre_tokenizer: is missing" },
        { "pre_tokenizer", "{\"type\": \"Whitespace\"}", "pre_tokenizer.type: Whitespace is not supported" },
        { "pre_tokenizer.pretokenizers", "[]", "pre_tokenizer.pretokenizers: has 0 parts" },
        { "pre_tokenizer.pretokenizers.0.pattern.Regex", "\"\\\\w+\"", "Regex: unknown pattern \\w+" },
        { "pre_tokenizer.pretokenizers.0.behavior", "\"Removed\"", "behavior: Removed is not supported" },
        { "pre_tokenizer.pretokenizers.0.invert", "true", "invert: true is not supported" },
        { "pre_tokenizer.pretokenizers.1.add_prefix_space", "true", "add_prefix_space: true is not supported" },
        { "pre_tokenizer.pretokenizers.1.use_regex", "", "pretokenizers[1]: use_regex is not supported" },
        { "decoder", "{\"type\": \"WordPiece\"}", "decoder.type: WordPiece is not supported" },
        {
            "post_processor",
            "{\"type\": \"TemplateProcessing\"}",
            "post_processor.type: TemplateProcessing is not supported"
        },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void MissingAndUnknownFieldsAreNamed(string field, string json, string message)
    {
        JsonObject description = TinyTokenizer.Describe();
        Set(description, field.Split('.'), json);
        using TemporaryDirectory directory = TinyTokenizer.Write(description);
        var error = Assert.Throws<TokenizerException>(() => Tokenizer.Load(directory.Path));
        Assert.StartsWith("tokenizer.json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("", "tokenizer.json: not valid JSON: line 1: nothing, the file is empty")]
    [InlineData("{", "tokenizer.json: not valid JSON")]
    [InlineData("[]", "tokenizer.json: is not an object")]
    [InlineData("{\"model\": {}, \"model\": {}}", "tokenizer.json: not valid JSON")]
    [InlineData("{\n\"model\": {\"type\": \"\\ud800\"}}", "tokenizer.json: not valid JSON: line 2: half of")]
    [InlineData("{\"model\": {\"vocab\": {\n\n\"\\uDC01\": 1}}}", "tokenizer.json: not valid JSON: line 3: half of")]
    public void InvalidJsonIsRefused(string content, string message)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("tokenizer.json"), content);
        var error = Assert.Throws<TokenizerException>(() => Tokenizer.Load(directory.Path));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryPrefixOfAFileIsRefused()
    {
        string whole = TinyTokenizer.Describe().ToJsonString();
        using var directory = new TemporaryDirectory();
        for (int length = 0; length < whole.Length; length += 97)
        {
            File.WriteAllText(directory.File("tokenizer.json"), whole[..length]);
            Assert.Throws<TokenizerException>(() => Tokenizer.Load(directory.Path));
        }
    }

    [Theory]
    [InlineData("", "tokenizer.json: is missing in")]
    [InlineData("vocab.json", "merges.txt: is missing in")]
    public void AMissingFileIsNamed(string present, string message)
    {
        string[] names = present.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        using TemporaryDirectory directory = TokenizerFiles.Copy(names);
        var error = Assert.Throws<TokenizerException>(() => Tokenizer.Load(directory.Path));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("merges.txt", "", "merges.txt: is empty")]
    [InlineData("merges.txt", "#version: 0.2\na b c\n", "merges.txt: line 2: is not two tokens")]
    [InlineData("merges.txt", "#version: 0.2\n\nqqq q\n", "merges.txt: line 3: 'qqq' is not in the vocabulary")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\": []}",
        "tokenizer_config.json: added_tokens_decoder: is not an object")]
    [InlineData("merges.txt", "#version: 0.2\ra b c\r", "merges.txt: line 2: is not two tokens")]
    [InlineData("tokenizer_config.json", "{\"add_prefix_space\": true}",
        "tokenizer_config.json: add_prefix_space: true is not supported")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\": {\"x\": {\"content\": \"<x>\"}}}",
        "tokenizer_config.json: added_tokens_decoder.x: is not named by an id")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\": {\"5\": {\"content\": \"<x>\"}}}",
        "tokenizer_config.json: added_tokens_decoder: '<x>' has the id 5 of another token")]
    [InlineData("vocab.json", "{\"a\": \"b\"}", "vocab.json: a: is not an integer")]
    public void TheThreeFilesAreCheckedToo(string name, string content, string message)
    {
        using TemporaryDirectory directory = TokenizerFiles.Copy("vocab.json", "merges.txt", "tokenizer_config.json");
        File.WriteAllText(directory.File(name), content);
        var error = Assert.Throws<TokenizerException>(() => Tokenizer.Load(directory.Path));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LineEndsAndByteOrderMarksDoNotMatter()
    {
        using TemporaryDirectory directory = TokenizerFiles.Copy("vocab.json", "merges.txt", "tokenizer_config.json");
        Tokenizer plain = Tokenizer.Load(directory.Path);
        foreach (string name in (string[])["vocab.json", "merges.txt", "tokenizer_config.json"])
        {
            string content = File.ReadAllText(directory.File(name)).ReplaceLineEndings("\r\n");
            File.WriteAllText(directory.File(name), content, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        }

        string text = TextGenerator.Text(Enumerable.Range(0, 5000));
        Assert.Equal(plain.EncodeTrusted(text), Tokenizer.Load(directory.Path).EncodeTrusted(text));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0.0")]
    [InlineData("null")]
    public void EverySpellingOfNoDropoutIsAccepted(string dropout)
    {
        JsonObject description = TinyTokenizer.Describe();
        description["model"]!["dropout"] = JsonNode.Parse(dropout);
        Assert.Equal(Load(TinyTokenizer.Describe()).Encode("aaab"), Load(description).Encode("aaab"));
    }

    [Fact]
    public void MergesMayBePairs()
    {
        JsonObject description = TinyTokenizer.Describe();
        description["model"]!["merges"] = JsonNode.Parse("""[["a", "a"], ["a", "b"]]""");
        Tokenizer tokenizer = Load(description);
        Assert.Equal([tokenizer.TokenId("aa"), tokenizer.TokenId("ab")], tokenizer.Encode("aaab").Cast<int?>());
    }

    [Fact]
    public void WithoutANormalizerTextIsUnchanged()
    {
        JsonObject description = TinyTokenizer.Describe();
        description["normalizer"] = null;
        Tokenizer tokenizer = Load(description);
        Assert.Equal("e\u0301", tokenizer.Decode(tokenizer.Encode("e\u0301")));
        Assert.Equal("é", Load(TinyTokenizer.Describe()).Decode(tokenizer.Encode("é")));
    }

    [Fact]
    public void AddedTokensAreFoundLeftmostAndLongestBeforeOrAfterNormalizing()
    {
        JsonObject description = TinyTokenizer.Describe();
        JsonObject late = TinyTokenizer.Added(400, "<late>");
        late["normalized"] = true;
        JsonArray added = description["added_tokens"]!.AsArray();
        added.Add((JsonNode)late);
        added.Add((JsonNode)TinyTokenizer.Added(402, "<async"));
        added.Add((JsonNode)TinyTokenizer.Added(401, "c>d"));
        Tokenizer tokenizer = Load(description);
        Assert.Equal([304, tokenizer.TokenId("d")], tokenizer.EncodeTrusted("<async>d").Cast<int?>());
        Assert.Equal([402], tokenizer.EncodeTrusted("<async"));
        Assert.Equal([401], tokenizer.EncodeTrusted("c>d"));
        Assert.Equal([400], tokenizer.EncodeTrusted("<late>"));
        // The mark composes with the bracket, so normalisation first would leave no tag.
        Assert.DoesNotContain(400, tokenizer.EncodeTrusted("<late>\u0338"));
        Assert.Contains(304, tokenizer.EncodeTrusted("<async>\u0338"));
    }

    [Fact]
    public void AnAddedTokenMayRepeatATokenOfTheVocabulary()
    {
        JsonObject description = TinyTokenizer.Describe();
        description["model"]!["vocab"]!["[PAD]"] = 309;
        Tokenizer tokenizer = Load(description);
        Assert.Equal([309], tokenizer.EncodeTrusted("[PAD]"));
        Assert.Equal("[PAD]", tokenizer.Decode([309]));
    }

    private static Tokenizer Load(JsonObject description)
    {
        using TemporaryDirectory directory = TinyTokenizer.Write(description);
        return Tokenizer.Load(directory.Path);
    }

    // The empty text removes the field.
    private static void Set(JsonNode node, ReadOnlySpan<string> path, string json)
    {
        while (path.Length > 1)
        {
            node = node is JsonArray items ? items[int.Parse(path[0])]! : node[path[0]]!;
            path = path[1..];
        }

        if (json.Length == 0) node.AsObject().Remove(path[0]);
        else node[path[0]] = JsonNode.Parse(json);
    }
}
