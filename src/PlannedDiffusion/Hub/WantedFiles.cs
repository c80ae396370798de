using System.Buffers;
using PlannedDiffusion.Files;
using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Hub;

/// <summary>
/// The files of a repository that the engine reads. Names are never taken from a listing: the listing only says which
/// of these there are. Those of shards come from the index, and must be plain.
/// </summary>
internal static class WantedFiles
{
    /// <summary>Without this file nothing is a checkpoint.</summary>
    public const string ConfigName = "config.json";

    /// <summary>The file that names the shards.</summary>
    public const string IndexName = CheckpointFiles.IndexName;

    private const string TokenizerName = "tokenizer.json";
    private const string ShardEnding = ".safetensors";
    private const int MaxShardName = 200;

    private static readonly string[] Optional =
    [
        "generation_config.json", "planned_diffusion.json", "tokenizer_config.json", "special_tokens_map.json",
        "added_tokens.json", "chat_template.jinja", "chat_template.json",
    ];

    private static readonly string[] OlderTokenizer = ["vocab.json", "merges.txt"];

    private static readonly SearchValues<char> ShardCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._");

    /// <summary>All but the shards: the last one is the file of weights, or the index of several.</summary>
    /// <exception cref="HubException">The repository lacks what every checkpoint has.</exception>
    public static IReadOnlyList<string> Of(ModelListing listing, ModelName model)
    {
        if (!listing.Has(ConfigName)) throw Lacks(model, ConfigName);
        string weights = listing.Has(CheckpointFiles.SingleName) ? CheckpointFiles.SingleName
            : listing.Has(IndexName) ? IndexName
            : throw Lacks(model, CheckpointFiles.SingleName, $" and no {IndexName}");
        string[] tokenizer = listing.Has(TokenizerName) ? [TokenizerName] : OlderTokenizer;
        return [ConfigName, .. Optional.Concat(tokenizer).Where(listing.Has), weights];
    }

    /// <summary>The shards that an index names.</summary>
    /// <exception cref="HubException">It is no index, or names a file as no shard may be named.</exception>
    public static IReadOnlyList<string> Shards(string index, ModelName model)
    {
        try
        {
            string[] shards =
                [.. SafetensorsIndex.Read(index).ShardOf.Values.Distinct().Order(StringComparer.Ordinal)];
            return shards.FirstOrDefault(shard => !IsShardName(shard)) is { } odd
                ? throw new HubException(
                    HubFailure.BadRepository, model.ToString(),
                    $"{IndexName} names {MessageText.Quote(odd)}, which is no name of a shard")
                {
                    File = IndexName,
                }
                : shards;
        }
        catch (SafetensorsException e)
        {
            throw new HubException(HubFailure.BadRepository, model.ToString(), e.Message, e)
            {
                File = IndexName,
            };
        }
    }

    // Safe on every system, and nothing but weights.
    private static bool IsShardName(string name) =>
        name.Length <= MaxShardName && !name.AsSpan().ContainsAnyExcept(ShardCharacters) && name[0] is not ('.' or '-')
        && name.EndsWith(ShardEnding, StringComparison.Ordinal);

    private static HubException Lacks(ModelName model, string file, string more = "") =>
        new(HubFailure.BadRepository, model.ToString(), $"the repository has no {file}{more}, which the engine reads")
        {
            File = file,
        };
}
