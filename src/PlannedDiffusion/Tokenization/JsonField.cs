using System.Text.Json;
using PlannedDiffusion.Files;

namespace PlannedDiffusion.Tokenization;

/// <summary>A value in an untrusted JSON file, with its place, which error messages name.</summary>
internal readonly struct JsonField(string file, string path, JsonElement element)
{
    // The largest tokenizers in use are below 40 MB.
    private const int LargestFile = 256 << 20;

    public static JsonDocument Open(string path)
    {
        string file = Path.GetFileName(path);
        try
        {
            return StrictJson.Parse(ReadBounded(path));
        }
        catch (JsonException e)
        {
            throw new TokenizerException(file, $"not valid JSON: {e.Message}", e);
        }
    }

    /// <summary>The bytes of a regular file, without a byte order mark.</summary>
    public static ReadOnlyMemory<byte> ReadBounded(string path)
    {
        var info = new FileInfo(path);
        if (!RegularFile.Exists(path))
            throw new TokenizerException(info.Name, "", $"is missing in {info.DirectoryName}");
        try
        {
            return RegularFile.ReadText(path, LargestFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerException(info.Name, $"cannot be read: {e.Message}", e);
        }
    }

    public static JsonField Root(string path, JsonDocument document) =>
        new(Path.GetFileName(path), "", document.RootElement);

    public string File => file;

    /// <summary>The file and the field in it.</summary>
    public (string File, string Field) Place => (file, path);

    public bool IsText => element.ValueKind == JsonValueKind.String;

    public bool IsNumber => element.ValueKind == JsonValueKind.Number;

    public bool IsZero => IsNumber && element.TryGetDouble(out double number) && number == 0;

    public bool IsList => element.ValueKind == JsonValueKind.Array;

    /// <summary>A member of this object; a member that is null counts as missing.</summary>
    public JsonField Member(string name) => Optional(name) ?? throw At(name, element).Error("is missing");

    public JsonField? Optional(string name)
    {
        if (element.ValueKind != JsonValueKind.Object) throw Error("is not an object");
        return element.TryGetProperty(name, out JsonElement member) && member.ValueKind != JsonValueKind.Null
            ? At(name, member)
            : null;
    }

    public bool Flag(string name, bool otherwise) => Optional(name)?.Flag() ?? otherwise;

    public bool Flag() => element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Error("is neither true nor false"),
    };

    public void RequireFalse(string name)
    {
        if (Flag(name, otherwise: false)) throw Member(name).Error("true is not supported");
    }

    public int Integer() => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int value)
        ? value
        : throw Error("is not an integer of 32 bits");

    public string Text()
    {
        if (!IsText) throw Error("is not a string");
        return element.GetString()!;
    }

    /// <summary>The content of a token, which is a string or an object with a member "content".</summary>
    public string Content() => IsText ? Text() : Member("content").Text();

    public IEnumerable<JsonField> Items()
    {
        if (element.ValueKind != JsonValueKind.Array) throw Error("is not an array");
        return Enumerate(file, path, element);

        static IEnumerable<JsonField> Enumerate(string file, string path, JsonElement array)
        {
            int index = 0;
            foreach (JsonElement item in array.EnumerateArray())
                yield return new JsonField(file, $"{path}[{index++}]", item);
        }
    }

    public IEnumerable<(string Name, JsonField Value)> Members()
    {
        if (element.ValueKind != JsonValueKind.Object) throw Error("is not an object");
        return Enumerate(this, element);

        static IEnumerable<(string, JsonField)> Enumerate(JsonField parent, JsonElement parentElement)
        {
            foreach (JsonProperty member in parentElement.EnumerateObject())
                yield return (member.Name, parent.At(member.Name, member.Value));
        }
    }

    public TokenizerException Error(string problem) => new(file, path, problem);

    private JsonField At(string name, JsonElement member) =>
        new(file, path.Length == 0 ? name : $"{path}.{name}", member);
}
