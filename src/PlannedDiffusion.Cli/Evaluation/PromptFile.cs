using System.Text.Json;

namespace PlannedDiffusion.Cli.Evaluation;

/// <summary>
/// Reads prompts: AlpacaEval's JSON, an array of objects with <c>instruction</c>; or JSON lines with <c>question</c>
/// and <c>facts</c>. Either name is taken in either form; fields of other tools are passed over.
/// </summary>
internal static class PromptFile
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is malformed; the message names file and place.</exception>
    public static EvaluationPrompt[] Read(string path)
    {
        if (Directory.Exists(path)) throw new UsageException($"{path} is a folder; a file of prompts is needed");
        if (!File.Exists(path)) throw new UsageException($"{path}: no such file");
        string text = File.ReadAllText(path);
        string start = text.TrimStart();
        if (start.Length == 0) throw new InvalidDataException($"{path} is empty");
        EvaluationPrompt[] prompts = start[0] == '[' ? Array(path, text) : Lines(path, text);
        return prompts.Length > 0 ? prompts : throw new InvalidDataException($"{path} has no prompts");
    }

    private static EvaluationPrompt[] Array(string path, string text)
    {
        using JsonDocument document = Parse(text, path);
        return [.. document.RootElement.EnumerateArray().Select((item, i) => Prompt(item, $"{path}, item {i + 1}"))];
    }

    private static EvaluationPrompt[] Lines(string path, string text)
    {
        var prompts = new List<EvaluationPrompt>();
        foreach ((int number, string line) in text.Split('\n').Index())
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            string place = $"{path}:{number + 1}";
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
            throw new InvalidDataException($"{place}: not JSON: {e.Message}", e);
        }
    }

    private static EvaluationPrompt Prompt(JsonElement item, string place)
    {
        if (item.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{place}: expected an object, found {Kind(item)}");
        string? instruction = Text(item, "instruction", place) ?? Text(item, "question", place);
        if (string.IsNullOrWhiteSpace(instruction))
            throw new InvalidDataException($"{place}: neither \"instruction\" nor \"question\" has a text");
        bool inSentence = item.TryGetProperty("in_sentence", out JsonElement value) && value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
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
