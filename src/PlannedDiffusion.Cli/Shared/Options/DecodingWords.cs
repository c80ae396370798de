using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>The words that the decoding options of all commands accept.</summary>
internal static class DecodingWords
{
    public static Words<DecoderName> Decoders { get; } =
        new([.. DecoderName.All.Append(DecoderName.Auto).Select(known => (known, known.Text))]);

    public static Words<Preset> Presets { get; } = new((Preset.Published, "published"), (Preset.Fast, "fast"));

    public static Words<string?> Policies { get; } = new([.. PolicyName.All.Select(name => ((string?)name, name))]);

    public static Words<DraftKind?> Drafts { get; } =
        new((DraftKind.None, "none"), (DraftKind.Grammar, "grammar"), (DraftKind.Lookup, "lookup"));

    public static Words<BlockCache> Caches { get; } = new((BlockCache.Dual, "dual"), (BlockCache.Prefix, "prefix"));

    public static Words<KvCommit> Commits { get; } =
        new((KvCommit.Reference, "reference"), (KvCommit.Refresh, "refresh"));
}
