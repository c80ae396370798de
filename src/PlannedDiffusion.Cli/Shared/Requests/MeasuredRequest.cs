using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Shared.Requests;

/// <summary>A request to measure with several decoders.</summary>
/// <param name="Name">Its name: the prompt, or the recorded lengths.</param>
/// <param name="Request">The request for planned decoding, with its plan if one is given.</param>
/// <param name="AnswerTokens">Tokens of the answer, if the plan fixes them; else null.</param>
internal sealed record MeasuredRequest(string Name, GenerationRequest Request, int? AnswerTokens)
{
    /// <summary>Tokens per unit of a length in its plans, for recorded requests; else null.</summary>
    public double? LengthScale { get; init; }

    /// <summary>The same with other decoding options. Only planned decoding keeps the plan.</summary>
    public GenerationRequest For(DecodingOptions decoding)
    {
        var planned = decoding as PlannedOptions;
        return Request with
        {
            Plan = planned is null ? null : Request.Plan,
            Options = Request.Options with
            {
                Decoding = planned is null ? decoding
                    : planned with { LengthScale = LengthScale ?? planned.LengthScale },
                Experiment = planned is null ? null : Request.Options.Experiment,
            },
        };
    }

    /// <summary>The same for exactly this many tokens, one at a time, without a stop at the end token.</summary>
    public GenerationRequest Autoregressive(int? tokens, bool promptLookup = false)
    {
        GenerationRequest request = For(new AutoregressiveOptions { PromptLookup = promptLookup });
        return tokens is null ? request : request with
        {
            Options = request.Options with
            {
                MaxNewTokens = tokens,
                Experiment = new ExperimentOptions { IgnoreEnd = true },
            },
        };
    }
}
