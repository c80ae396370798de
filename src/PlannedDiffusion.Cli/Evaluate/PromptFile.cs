using System.Text;
using System.Text.Json;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>
/// Reads prompts: AlpacaEval's JSON, an array of objects with <c>instruction</c>; or JSON lines with <c>question</c>
/// and <c>facts</c>. Both forms accept both names. Other fields are ignored.
/// </summary>
internal static class PromptFile
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is malformed. The message names file and line.</exception>
    public static EvaluationPrompt[] Read(string path)
    {
        if (!Path.Exists(path)) throw new UsageException($"prompts '{path}': no such file");
        string text = InputText.ReadFile(path);
        string start = text.TrimStart();
        if (start.Length == 0) throw new InvalidDataException($"{path} is empty");
        EvaluationPrompt[] prompts = start[0] == '[' ? Array(path, text) : Lines(path, text);
        return prompts.Length > 0 ? prompts : throw new InvalidDataException($"{path} has no prompts");
    }

    private static EvaluationPrompt[] Array(string path, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(bytes);
        var prompts = new List<EvaluationPrompt>();
        int line = 1, counted = 0;
        try
        {
            reader.Read();
            while (reader.Read() && reader.CurrentDepth > 0)
            {
                int start = (int)reader.TokenStartIndex;
                line += InputText.LineOf(Encoding.UTF8.GetString(bytes, counted, start - counted)) - 1;
                counted = start;
                using var item = JsonDocument.ParseValue(ref reader);
                prompts.Add(Prompt(item.RootElement, $"{path}:{line}, item {prompts.Count + 1}"));
            }

            reader.Read(); // nothing may follow
            return [.. prompts];
        }
        catch (JsonException e)
        {
            (long at, string problem) = Messages.Of(e);
            throw new InvalidDataException($"{path}:{at + 1}: not JSON: {problem}", e);
        }
    }

    private static EvaluationPrompt[] Lines(string path, string text)
    {
        var prompts = new List<EvaluationPrompt>();
        foreach ((int number, string line) in InputText.Lines(text))
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            string place = $"{path}:{number}";
            using JsonDocument document = Parse(line, place);
            prompts.Add(Prompt(document.RootElement, place));
        }

        return [.. prompts];
    }

    private static JsonDocument Parse(string text, string place)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{place}: not JSON: {Messages.Of(e).Problem}", e);
        }
    }

    private static EvaluationPrompt Prompt(JsonElement item, string place)
    {
        try
        {
            return Checked(item, place);
        }
        catch (InvalidOperationException e)
        {
            // A JSON escape may be half of a surrogate pair, which no string can hold.
            throw new InvalidDataException($"{place}: has half of a surrogate pair, which is not a character", e);
        }
    }

    private static EvaluationPrompt Checked(JsonElement item, string place)
    {
        if (item.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{place}: expected an object, found {Kind(item)}");
        string? twice = item.EnumerateObject().CountBy(field => field.Name).FirstOrDefault(name => name.Value > 1).Key;
        if (twice is not null)
            throw new InvalidDataException($"{place}: has {VisibleText.OneLine($"\"{twice}\"")} more than once");
        string? instruction = Text(item, "instruction", place) ?? Text(item, "question", place);
        if (string.IsNullOrWhiteSpace(instruction))
            throw new InvalidDataException($"{place}: neither \"instruction\" nor \"question\" has a text");
        bool inSentence = item.TryGetProperty("in_sentence", out JsonElement value) && value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False or JsonValueKind.Null => false,
            _ => throw new InvalidDataException($"{place}: \"in_sentence\" is {Kind(value)}, not true or false"),
        };
        return new EvaluationPrompt(instruction, Text(item, "dataset", place), Facts(item, place), inSentence);
    }

    private static string? Text(JsonElement item, string name, string place)
    {
        if (!item.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null) return null;
        return value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : throw new InvalidDataException($"{place}: \"{name}\" is {Kind(value)}, not a text");
    }

    private static List<IReadOnlyList<string>>? Facts(JsonElement item, string place)
    {
        if (!item.TryGetProperty("facts", out JsonElement value) || value.ValueKind == JsonValueKind.Null) return null;
        if (value.ValueKind != JsonValueKind.Array) throw NoFacts(place);
        var facts = new List<IReadOnlyList<string>>();
        foreach (JsonElement fact in value.EnumerateArray())
        {
            if (fact.ValueKind != JsonValueKind.Array || fact.GetArrayLength() == 0) throw NoFacts(place);
            var parts = new List<string>();
            foreach (JsonElement part in fact.EnumerateArray())
            {
                parts.Add(part.ValueKind == JsonValueKind.String && part.GetString() is { Length: > 0 } text
                    ? text : throw NoFacts(place));
            }

            facts.Add(parts);
        }

        return facts.Count == 0 ? null : facts;
    }

    private static InvalidDataException NoFacts(string place) =>
        new($"{place}: \"facts\" must be a list of lists of texts, such as [[\"gold\", \"Au\"]]");

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };
}
