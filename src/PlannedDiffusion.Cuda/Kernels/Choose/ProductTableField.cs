using System.Text.Json;
using PlannedDiffusion.Files;

namespace PlannedDiffusion.Cuda.Kernels.Choose;

/// <summary>A JSON value in a table of products. It knows its path, so that every error names it.</summary>
internal readonly struct ProductTableField(string file, string path, JsonElement element)
{
    /// <summary>Throws unless this is an object with no other members than these.</summary>
    public void Only(params ReadOnlySpan<string> names)
    {
        if (element.ValueKind != JsonValueKind.Object) throw Error("is not an object");
        foreach (JsonProperty member in element.EnumerateObject())
        {
            if (!names.Contains(member.Name))
                throw Error($"has a member {MessageText.Quote(member.Name)}, which means nothing here");
        }
    }

    public ProductTableField Member(string name) => Optional(name) ?? throw At(name, default).Error("is missing");

    public ProductTableField? Optional(string name) =>
        element.TryGetProperty(name, out JsonElement member) ? At(name, member) : null;

    public int Integer(int least, int most)
    {
        if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt32(out int value))
            throw Error("is not an integer of 32 bits");
        if (value < least || value > most) throw Error($"is {value}, not from {least} to {most}");
        return value;
    }

    public bool Flag() => element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Error("is neither true nor false"),
    };

    public string Text(int most)
    {
        if (element.ValueKind != JsonValueKind.String) throw Error("is not a string");
        string text = element.GetString()!;
        if (text.Length == 0 || text.Length > most) throw Error($"has {text.Length} characters, not from 1 to {most}");
        if (text.Any(char.IsControl)) throw Error("has control characters");
        return text;
    }

    public ProductTableField[] Items()
    {
        if (element.ValueKind != JsonValueKind.Array) throw Error("is not an array");
        (string file, string path) = (File, Path);
        return [.. element.EnumerateArray().Select((item, i) => new ProductTableField(file, $"{path}[{i}]", item))];
    }

    public ProductTableException Error(string problem) =>
        new(file, path.Length == 0 ? $"the document {problem}" : $"{path} {problem}");

    private string File => file;

    private string Path => path;

    private ProductTableField At(string name, JsonElement member) =>
        new(file, path.Length == 0 ? name : $"{path}.{name}", member);
}
