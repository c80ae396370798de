using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>
/// The options of one cell of the grid, and its name: the decoder, then its parts, as in
/// <c>sparse-r1-c0.9</c>.
/// </summary>
internal sealed record EvaluationCell(string Name, GenerationOptions Options)
{
    /// <summary>The cell for some options. Its name has every setting that a grid varies.</summary>
    public static EvaluationCell Of(GenerationOptions options)
    {
        IEnumerable<string?> parts = CellPart.All.Where(part => part.Applies(options.Decoding))
            .Select(part => part.Text(options)).Where(text => text is not null);
        return new EvaluationCell(string.Join('-', [DecoderName.Of(options.Decoding).Text, .. parts]), options);
    }

    /// <summary>The cell with a name. Settings that the name leaves out are those of the basis.</summary>
    /// <exception cref="UsageException">No cell has this name.</exception>
    public static EvaluationCell Parse(string name, DecodingKnobs basis)
    {
        DecoderName decoder = DecoderName.All.FirstOrDefault(known =>
            name == known.Text || name.StartsWith(known.Text + '-', StringComparison.Ordinal))
            ?? throw Refused($"it must begin with one of {DecodingWords.Decoders}");
        try
        {
            return Of(OptionMessages.Checked(With(name[decoder.Text.Length..], basis.For(decoder))));
        }
        catch (UsageException e)
        {
            throw Refused(e.Message);
        }

        UsageException Refused(string problem) => new($"--cells '{name}': {problem}");
    }

    /// <summary>Applies the rest of a name, behind the decoder, to the options.</summary>
    private static GenerationOptions With(string rest, GenerationOptions options)
    {
        var knobs = new HashSet<string>();
        while (rest.Length > 0)
        {
            (CellPart part, string value) = CellPart.First(rest[1..])
                ?? throw new UsageException(
                    $"'{rest[1..]}' is not a part such as {string.Join(", ", CellPart.Examples)}");
            string text = part.Mark + value;
            if (!part.Applies(options.Decoding))
                throw new UsageException($"{text} does not apply to {DecoderName.Of(options.Decoding)}");
            if (!knobs.Add(part.Knob)) throw new UsageException($"{text} sets {part.Knob} again");
            options = part.Set(options, value);
            rest = rest[(1 + text.Length)..];
        }

        return options;
    }

    /// <summary>The same with this number of new tokens, if the decoder fills a fixed length.</summary>
    public EvaluationCell Filling(int length) => Options.Decoding is DiffusionOptions or FastDllmOptions
        ? this with { Options = Options with { MaxNewTokens = length } } : this;
}
