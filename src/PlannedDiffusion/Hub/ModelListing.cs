using System.Text.Json;
using System.Text.Json.Serialization;

namespace PlannedDiffusion.Hub;

/// <summary>What a hub says about a revision of a model: its commit, and the names of its files. Untrusted.</summary>
internal sealed class ModelListing
{
    /// <summary>Bytes that a listing may have.</summary>
    public const int MaxBytes = 32 << 20;

    private readonly HashSet<string> _files;

    private ModelListing(string commit, HashSet<string> files)
    {
        Commit = commit;
        _files = files;
    }

    /// <summary>The commit: 40 hexadecimal digits.</summary>
    public string Commit { get; }

    /// <summary>True if the repository has a file of this name, in no folder.</summary>
    public bool Has(string name) => _files.Contains(name);

    /// <summary>Reads the JSON of <c>/api/models/OWNER/NAME/revision/REVISION</c>.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static ModelListing Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            ListingJson? listing = JsonSerializer.Deserialize(json, HubJson.Default.ListingJson);
            if (listing?.Sha is not { } commit || !ModelName.IsCommit(commit))
                throw new InvalidDataException("a listing without the commit");
            return new ModelListing(
                commit, [.. (listing.Siblings ?? []).Select(file => file?.Name).OfType<string>()]);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException("a listing that is no JSON, or not the expected one", e);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException("a listing with half a surrogate pair", e);
        }
    }
}

/// <summary>The fields of a listing that are read.</summary>
internal sealed class ListingJson
{
    [JsonPropertyName("sha")]
    public string? Sha { get; init; }

    [JsonPropertyName("siblings")]
    public ListedFileJson?[]? Siblings { get; init; }
}

/// <summary>A file of a listing.</summary>
internal sealed class ListedFileJson
{
    [JsonPropertyName("rfilename")]
    public string? Name { get; init; }
}

/// <summary>Readers made when the library is compiled.</summary>
[JsonSerializable(typeof(ListingJson))]
internal sealed partial class HubJson : JsonSerializerContext;
