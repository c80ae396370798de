using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using PlannedDiffusion.Decoding.Planning;

namespace PlannedDiffusion.TestKit;

/// <summary>The golden data: <c>tests/golden</c>, or the folder that PD_GOLDEN names.</summary>
public static class Golden
{
    /// <summary>The folder with <c>control_tags.json</c>.</summary>
    public static string Root { get; } =
        Environment.GetEnvironmentVariable("PD_GOLDEN") is { Length: > 0 } folder
            ? folder
            : Repository.PathTo("tests", "golden");

    /// <summary>The control tokens of the golden models.</summary>
    public static ControlTokens ControlTokens { get; } = ReadControlTokens();

    /// <summary>The names, without extension, of all JSON files of a kind; never empty.</summary>
    public static IReadOnlyList<string> Names(string kind)
    {
        string folder = Path.Combine(Root, kind);
        string[] names = [.. Directory.GetFiles(folder, "*.json").Select(Path.GetFileNameWithoutExtension)
            .Order(StringComparer.Ordinal)!];
        return names.Length > 0 ? names : throw new InvalidOperationException($"{folder} has no golden files.");
    }

    /// <summary>Reads one JSON file of a kind.</summary>
    public static JsonElement Read(string kind, string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Root, kind, name + ".json")));
        return document.RootElement.Clone();
    }

    /// <summary>The numbers of a raw float32 file that a JSON entry describes, row-major.</summary>
    public static float[] ReadFloats(JsonElement entry)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(Root, entry.GetProperty("file").GetString()!));
        float[] values = MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        int expected = entry.GetProperty("shape").Integers().Aggregate(1, (product, n) => product * n);
        return values.Length == expected
            ? values
            : throw new InvalidDataException($"{entry} holds {values.Length} numbers, not {expected}.");
    }

    /// <summary>The integers of a JSON list.</summary>
    public static int[] Integers(this JsonElement list) => [.. list.EnumerateArray().Select(e => e.GetInt32())];

    /// <summary>A member of an object, or null where it is absent or null.</summary>
    public static JsonElement? Optional(this JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static ControlTokens ReadControlTokens()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Root, "control_tags.json")));
        JsonElement tags = document.RootElement;
        int Id(string name) => tags.GetProperty(name).GetInt32();
        return new ControlTokens
        {
            End = Id("end"),
            Mask = Id("mask"),
            AsyncStart = Id("async_start"),
            AsyncEnd = Id("async_end"),
            PromiseStart = Id("promise_start"),
            PromiseEnd = Id("promise_end"),
            Sync = Id("sync"),
            Pad = Id("pad"),
            Digits = ImmutableArray.Create(tags.GetProperty("digit_ids").Integers()),
        };
    }
}
