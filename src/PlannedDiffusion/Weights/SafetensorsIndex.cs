using System.Text.Json;
using PlannedDiffusion.Files;

namespace PlannedDiffusion.Weights;

/// <summary>
/// <c>model.safetensors.index.json</c>: which shard of a checkpoint holds which tensor. The file is untrusted: a shard
/// must be a plain file name, so that an index cannot reach outside its folder.
/// </summary>
internal sealed class SafetensorsIndex
{
    private const int MaxBytes = SafetensorsHeader.MaxBytes;

    private SafetensorsIndex(string path, Dictionary<string, string> shardOf)
    {
        Path = path;
        ShardOf = shardOf;
    }

    /// <summary>The index file.</summary>
    public string Path { get; }

    /// <summary>File name of the shard of each tensor.</summary>
    public IReadOnlyDictionary<string, string> ShardOf { get; }

    /// <summary>Reads and validates an index file.</summary>
    /// <exception cref="SafetensorsException">It cannot be read, or breaks a rule of the format.</exception>
    public static SafetensorsIndex Read(string path)
    {
        try
        {
            return Parse(RegularFile.ReadText(path, MaxBytes), path);
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) and not SafetensorsException)
        {
            throw new SafetensorsException(path, $"cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Validates the text of an index.</summary>
    /// <exception cref="SafetensorsException">It breaks a rule of the format.</exception>
    public static SafetensorsIndex Parse(ReadOnlyMemory<byte> json, string source)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(json);
            return new SafetensorsIndex(source, ReadShards(document.RootElement, source));
        }
        catch (JsonException e)
        {
            throw new SafetensorsException(source, $"not a valid JSON document: {MessageText.OneLine(e.Message)}", e);
        }
    }

    private static Dictionary<string, string> ReadShards(JsonElement root, string source)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("weight_map", out JsonElement map))
            throw new SafetensorsException(source, "there is no weight_map");
        if (map.ValueKind != JsonValueKind.Object)
            throw new SafetensorsException(source, "weight_map is not an object");
        var shards = new Dictionary<string, string>();
        foreach (JsonProperty entry in map.EnumerateObject())
        {
            string name = MessageText.Quote(entry.Name);
            if (entry.Value.ValueKind != JsonValueKind.String)
                throw new SafetensorsException(source, $"the shard of tensor {name} is not a string");
            string shard = entry.Value.GetString()!;
            if (!IsPlainFileName(shard))
            {
                throw new SafetensorsException(
                    source,
                    $"tensor {name} is in {MessageText.Quote(shard)}, which is no plain file name");
            }

            shards.Add(entry.Name, shard);
        }

        return shards;
    }

    // The same on every system: a colon is a drive or a stream on some, a backslash a separator.
    private static bool IsPlainFileName(string shard) =>
        shard is not ("" or "." or "..") && shard.AsSpan().IndexOfAny("/\\:\0") < 0;
}
