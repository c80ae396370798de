using System.CommandLine;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>The options of a command that come from <see cref="KnobTable"/>.</summary>
/// <param name="knobs">The rows, in the order of the help.</param>
internal sealed class KnobOptions(IReadOnlyList<Knob> knobs)
{
    private readonly (Knob Knob, Option Option)[] _all = [.. knobs.Select(knob => (knob, knob.Create()))];

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach ((_, Option option) in _all) command.Add(option);
    }

    /// <summary>Reads the options.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="basis">The knobs that the command has no options for; null for the defaults.</param>
    /// <exception cref="UsageException">A value is out of range, or two exclude each other.</exception>
    public DecodingKnobs Read(ParseResult parse, DecodingKnobs? basis = null)
    {
        DecodingKnobs read = basis ?? new DecodingKnobs();
        foreach ((Knob knob, Option option) in _all) read = knob.Read(parse, option, read);
        read = read.Decided();
        foreach (DecoderName name in DecoderName.All.Append(DecoderName.Auto)) OptionMessages.Checked(read.For(name));
        return read;
    }

    /// <summary>Reads the options of a command with one decoder.</summary>
    /// <exception cref="UsageException">
    /// A value is out of range, two exclude each other, or one does not fit the decoder.
    /// </exception>
    public GenerationOptions ReadOne(ParseResult parse)
    {
        DecodingKnobs read = Read(parse);
        DecodingOptions decoding = read.Decoder.Decoding(read);
        if (read.Drafts is { } drafts)
        {
            if (!DraftKinds.Fit(drafts, decoding))
            {
                throw new UsageException(
                    $"{KnobTable.Drafts.Option} {DecodingWords.Drafts.Of(drafts)} does not fit " +
                    $"{KnobTable.Decoder.Option} {read.Decoder}: it needs {DraftKinds.Needs(drafts)}");
            }

            decoding = DraftKinds.With(decoding, drafts);
        }

        if (decoding is not PlannedOptions)
        {
            if (read.Ablation is { DropTopics: true }) throw NeedsPlans(KnobTable.NoTopics);
            if (read.Ablation is { DropSyncs: true }) throw NeedsPlans(KnobTable.NoSync);
        }

        return OptionMessages.Checked(read.For(decoding));
    }

    /// <summary>The options of several decoders. Those that support the requested drafts have them.</summary>
    /// <exception cref="UsageException">No decoder supports the drafts.</exception>
    public static DecodingWay[] Ways(DecodingKnobs read, IReadOnlyList<DecoderName> decoders)
    {
        DecodingOptions[] ways = [.. decoders.Select(decoder => decoder.Decoding(read))];
        if (read.Drafts is not { } drafts) return [.. ways.Select(way => new DecodingWay(way))];
        if (!ways.Any(way => DraftKinds.Fit(drafts, way)))
        {
            throw new UsageException(
                $"{KnobTable.Drafts.Option} {DecodingWords.Drafts.Of(drafts)} fits none of --decoders: it needs " +
                DraftKinds.Needs(drafts));
        }

        return [.. ways.Select(way => new DecodingWay(DraftKinds.With(way, drafts)))];
    }

    private static UsageException NeedsPlans(Knob knob) =>
        new($"{knob.Option} needs {KnobTable.Decoder.Option} planned, sparse or dense");
}
