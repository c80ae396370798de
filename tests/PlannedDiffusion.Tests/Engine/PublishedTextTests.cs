using System.Text.Json;
using System.Text.Json.Nodes;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Engine;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>How the text made from ids differs from the published cleaning of the same tokens, and why.</summary>
[Trait("Category", "Golden")]
public sealed class PublishedTextTests(ITestOutputHelper output)
{
    /// <summary>
    /// Ids of random models, as bytes and words. White space differs where blanks stood around a line that begins a
    /// span, and U+FFFD where a span or the text before a promise ended inside a character.
    /// </summary>
    [Fact]
    public void RecordedAnswersDifferInWhiteSpaceAndInCharactersThatAreCutOff()
    {
        using TemporaryDirectory directory = TinyTokenizer.Write(Describe());
        var tokenizer = Tokenizer.Load(directory.Path);
        var tags = ControlTokens.FromTokenizer(tokenizer);
        var text = new SpanText(new AnswerTokens(tokenizer, tags, [tags.End], tags.Mask));
        int all = 0, differ = 0;
        foreach (JsonElement golden in Golden.Names("generate").Select(name => Golden.Read("generate", name)))
        {
            int[] ids = golden.GetProperty("sequence").Integers();
            string published = text.Clean(ids.AsSpan(golden.GetProperty("prompt").GetArrayLength()));
            string made = Text(text.Tokens, Parts(golden, ids));
            Assert.Equal(Letters(published), Letters(made));
            all++;
            if (made != published) differ++;
        }

        output.WriteLine($"{differ} of {all} recorded answers differ");

        static string Letters(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c) && c != '\uFFFD'));
    }

    /// <summary>Recorded texts, read as the tokens that they spell; those that differ, and why.</summary>
    [Fact]
    public void RecordedTextsAreTheSameButForTheseReasons()
    {
        var differences = new Dictionary<string, string>
        {
            // A line begins right behind the one before.
            ["<async>1. First item[PAD][PAD]</async><async>2. Second item</async>"] = "1. First item\n2. Second item",
            // Blanks stay as they were written.
            ["a  b\t\tc \n\n d"] = "a  b\t\tc \n\n d",
            // A promise is what its tags enclose: on several lines, without an end, and no more than that.
            ["<promise>-<topic>line\nbreak 1</topic><async>text</async>"] = "text",
            ["<promise>-<topic>a 1</topic>one</topic><async>z</async>"] = "one z",
            ["<promise>-<topic>unterminated 1<async>z</async>"] = "z",
            // All special tokens vanish, and white space at the end with them.
            ["<|im_start|>assistant\n<promise>-<topic>a 1</topic><async>Hi[PAD]</async>"] = "assistant\nHi",
            ["<|im_start|>system\nYou are.<|im_end|>\n<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\n"
                + "<promise>-<topic>a 1</topic><async>Hi[PAD]</async>"] = "system\nYou are.\nuser\nQ\nassistant\nHi",
            ["<async>Done.</async><|im_end|>"] = "Done.",
            ["<|mask|> stays <|endoftext|>"] = "stays",
        };
        int cases = 0, differ = 0;
        foreach (JsonElement line in Golden.Names("clean_text").SelectMany(name =>
            Golden.Read("clean_text", name).GetProperty("cases").EnumerateArray()))
        {
            string text = line.GetProperty("text").GetString()!;
            string published = line.GetProperty("alpaca_eval").GetString()!;
            string made = Text(AnswerTexts.Tokens, Parts(AnswerTexts.Tokenizer.EncodeTrusted(text)));
            Assert.Equal(differences.GetValueOrDefault(text, published), made);
            cases++;
            if (made != published) differ++;
        }

        output.WriteLine($"{differ} of {cases} recorded texts differ");
        Assert.Equal(differences.Count, differ);
    }

    private static string Text(AnswerTokens tokens, IEnumerable<(AnswerPart Part, int[] Ids)> parts)
    {
        var answer = new AnswerText(tokens);
        foreach ((AnswerPart part, int[] ids) in parts)
        {
            answer.Begin(part);
            answer.Append(ids);
        }

        return answer.Take();
    }

    /// <summary>Plans and spans of a recorded answer, as far as it was not cut.</summary>
    private static IEnumerable<(AnswerPart, int[])> Parts(JsonElement golden, int[] ids)
    {
        foreach (JsonElement round in golden.GetProperty("rounds").EnumerateArray())
        {
            yield return (AnswerPart.Plan, round.GetProperty("plan").Integers());
            if (round.Optional("spans") is not { } spans) continue;
            foreach (int[] span in spans.EnumerateArray().Select(span => span.Integers()))
                yield return (AnswerPart.Span, [.. ids.Take(span[1] - 1).Skip(span[0] + 1)]);
        }
    }

    /// <summary>Plans and spans by their tags.</summary>
    private static IEnumerable<(AnswerPart, int[])> Parts(int[] ids)
    {
        for (int at = 0; at < ids.Length;)
        {
            int start = Array.IndexOf(ids, AnswerTexts.Tags.AsyncStart, at);
            if (start < 0) start = ids.Length;
            yield return (AnswerPart.Plan, ids[at..start]);
            if (start == ids.Length) yield break;
            at = Array.IndexOf(ids, AnswerTexts.Tags.AsyncEnd, start) + 1;
            yield return (AnswerPart.Span, ids[(start + 1)..(at - 1)]);
        }
    }

    /// <summary>A vocabulary for the golden models: their tags and digits, bytes, and words.</summary>
    private static JsonObject Describe()
    {
        JsonObject description = TinyTokenizer.Describe();
        ControlTokens tags = Golden.ControlTokens;
        var contents = new Dictionary<int, string>
        {
            [tags.End] = "<|im_end|>",
            [tags.Mask] = "<|mask|>",
            [tags.AsyncStart] = "<async>",
            [tags.AsyncEnd] = "</async>",
            [tags.PromiseStart] = "<promise>-<topic>",
            [tags.PromiseEnd] = "</topic>",
            [tags.Sync] = "<sync/>",
            [tags.Pad] = "[PAD]",
        };
        string[] bytes = [.. TinyTokenizer.Vocabulary().Select(entry => entry.Key).Take(256)];
        for (int digit = 0; digit < 10; digit++)
            (bytes[tags.Digits[digit]], bytes['0' + digit]) = (bytes['0' + digit], bytes[tags.Digits[digit]]);
        var vocabulary = new JsonObject();
        for (int id = 0; id < 512; id++)
        {
            if (!contents.ContainsKey(id)) vocabulary[id < 256 ? bytes[id] : $"\u0120w{id}"] = id;
        }

        description["model"]!["vocab"] = vocabulary;
        description["model"]!["merges"] = new JsonArray();
        description["added_tokens"] = new JsonArray([.. contents.Select(tag =>
        {
            JsonObject added = TinyTokenizer.Added(tag.Key, tag.Value);
            added["special"] = tag.Value.StartsWith("<|", StringComparison.Ordinal);
            return added;
        })]);
        return description;
    }
}
