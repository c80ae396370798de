using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Engine;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>Answers made of parts, and a plain computation of their text.</summary>
internal static class AnswerTexts
{
    /// <summary>Bytes, and tags that are not special, as in a checkpoint; two of the others are.</summary>
    public static readonly Tokenizer Tokenizer = LoadTokenizer();

    /// <summary>Its tags.</summary>
    public static readonly ControlTokens Tags = ControlTokens.FromTokenizer(Tokenizer);

    /// <summary>A word that ends answers, although it is not an added token.</summary>
    public static readonly int StopWord = Tokenizer.TokenId("#")!.Value;

    /// <summary>The tokens that are text.</summary>
    public static readonly AnswerTokens Tokens =
        new(Tokenizer, Tags, [Tags.End, Tags.EndOfText!.Value, StopWord], Tags.Mask);

    /// <summary>An answer of any way of decoding: its parts with their tokens.</summary>
    public static (AnswerPart Part, int[] Ids)[] Random(Random random) => random.Next(4) switch
    {
        0 => [(AnswerPart.Text, Ids(random, 40))],
        1 => [(AnswerPart.FixedText, Ids(random, 40))],
        _ => [.. Enumerable.Range(0, random.Next(1, 4)).SelectMany(_ => Round(random))],
    };

    /// <summary>The text of parts by their texts: each run is decoded separately, then all are joined.</summary>
    public static string Expected(IEnumerable<(AnswerPart Part, int[] Ids)> parts)
    {
        string text = "";
        foreach ((AnswerPart part, string stretch) in parts.SelectMany(part => Stretches(part.Part, part.Ids)))
        {
            if (string.IsNullOrWhiteSpace(text)) text = "";
            bool isItem = part == AnswerPart.Span && text.Length > 0 && stretch.Length > 0
                && Rune.IsDigit(Rune.GetRuneAt(stretch, 0));
            string next = text.EndsWith(' ') || text.EndsWith('\t') ? stretch.TrimStart(' ', '\t') : stretch;
            if (isItem) text = text.TrimEnd(' ', '\t');
            if (isItem && !text.EndsWith('\n')) text += '\n';
            bool touches = text.Length > 0 && !char.IsWhiteSpace(text[^1]) && next.Trim().Length > 0
                && !char.IsWhiteSpace(next[0]);
            text += (touches ? " " : "") + next;
        }

        return text.Trim();
    }

    private static IEnumerable<(AnswerPart, int[])> Round(Random random)
    {
        yield return (AnswerPart.Plan, Ids(random, 12));
        for (int span = random.Next(4); span > 0; span--) yield return (AnswerPart.Span, Ids(random, 12));
    }

    private static int[] Ids(Random random, int most)
    {
        var ids = new List<int>();
        for (int count = random.Next(most + 1); ids.Count < count;)
        {
            switch (random.Next(16))
            {
                case < 6: ids.Add("ab7\u0000#"u8[random.Next(5)]); break;
                case < 9: ids.Add(" \n\t"u8[random.Next(3)]); break;
                case < 12: ids.AddRange("é👍𝟏\u3000٣"u8[random.Next(14)..].ToArray().Take(5).Select(b => (int)b)); break;
                case 12: ids.Add(random.Next(256)); break;
                case 13: ids.AddRange([Tags.PromiseStart, 'c', Tags.Digits[1], Tags.PromiseEnd]); break;
                case 14: ids.AddRange(Tokenizer.Encode("<async>")); break;
                default: ids.Add(random.Next(300, 312)); break;
            }
        }

        return [.. ids];
    }

    /// <summary>
    /// The runs that are decoded separately: a whole part, or the text between the promises of a plan.
    /// </summary>
    private static IEnumerable<(AnswerPart Part, string Text)> Stretches(AnswerPart part, int[] ids)
    {
        if (part == AnswerPart.FixedText) ids = [.. ids.TakeWhile(id => !Tokens.Stops.Contains(id))];
        while (part == AnswerPart.Plan && Array.IndexOf(ids, Tags.PromiseStart) is var start and >= 0)
        {
            yield return (part, Decode(part, ids[..start]));
            int end = Array.IndexOf(ids, Tags.PromiseEnd, start);
            ids = end < 0 ? [] : ids[(end + 1)..];
        }

        yield return (part, Decode(part, ids));
    }

    private static string Decode(AnswerPart part, int[] ids)
    {
        bool dropsStops = part is AnswerPart.Plan or AnswerPart.Span;
        ReadOnlySpan<byte> bytes = [.. ids
            .Where(id => id is < 300 or > 309 && !(dropsStops && id == StopWord))
            .SelectMany(id => Tokenizer.BytesOf(id, skipSpecial: false).ToArray())];
        for (int cut = 1; cut <= Math.Min(3, bytes.Length); cut++) // a character has up to four
        {
            if (Rune.DecodeFromUtf8(bytes[^cut..], out _, out _) == OperationStatus.NeedMoreData)
                return Encoding.UTF8.GetString(bytes[..^cut]);
        }

        return Encoding.UTF8.GetString(bytes);
    }

    private static Tokenizer LoadTokenizer()
    {
        JsonObject description = TinyTokenizer.Describe();
        foreach (JsonNode? token in description["added_tokens"]!.AsArray())
        {
            string content = token!["content"]!.GetValue<string>();
            token["special"] = content.StartsWith("<|", StringComparison.Ordinal);
        }

        using TemporaryDirectory directory = TinyTokenizer.Write(description);
        return Tokenizer.Load(directory.Path);
    }
}
