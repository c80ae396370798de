using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Shared.Requests;

/// <summary>A request to measure, in several ways of decoding.</summary>
/// <param name="Name">What to call it: its prompt, or its recorded lengths.</param>
/// <param name="Request">The request for planned decoding, with the plan if that is given.</param>
/// <param name="AnswerTokens">Tokens of the answer, where the plan fixes them.</param>
internal sealed record MeasuredRequest(string Name, GenerationRequest Request, int? AnswerTokens)
{
    /// <summary>Tokens that a number in its plans stands for, where they are recorded.</summary>
    public double? LengthScale { get; init; }

    /// <summary>The same in another way; a plan is of use to those that plan only.</summary>
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

    /// <summary>So many tokens one at a time, whatever they are; a pass for each, unless there are drafts.</summary>
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
