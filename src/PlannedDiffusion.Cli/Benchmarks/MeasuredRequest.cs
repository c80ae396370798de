using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Benchmarks;

/// <summary>A request to measure, in several ways of decoding.</summary>
/// <param name="Name">What to call it: its prompt, or its recorded lengths.</param>
/// <param name="Request">The request for planned decoding, with the plan if that is given.</param>
/// <param name="AnswerTokens">Tokens of the answer, where the plan fixes them.</param>
internal sealed record MeasuredRequest(string Name, GenerationRequest Request, int? AnswerTokens)
{
    /// <summary>The same in another way; a plan is of use to those that plan only.</summary>
    public GenerationRequest For(DecodingWay way)
    {
        bool plans = Plans(way.Decoder);
        return Request with
        {
            Plan = plans ? Request.Plan : null,
            Options = Request.Options with
            {
                Decoder = way.Decoder,
                Drafts = way.Drafts,
                ForcedPlans = plans ? Request.Options.ForcedPlans : [],
                ForcedSteps = plans ? Request.Options.ForcedSteps : [],
            },
        };
    }

    /// <summary>So many tokens one at a time, whatever they are; a pass for each, unless there are drafts.</summary>
    public GenerationRequest Autoregressive(int? tokens, Drafts? drafts = null)
    {
        GenerationRequest request = For(new DecodingWay(DecoderKind.Autoregressive, drafts));
        return tokens is null ? request : request with
        {
            Options = request.Options with { MaxNewTokens = tokens, IgnoreEnd = true },
        };
    }

    /// <summary>True for the ways that plan.</summary>
    public static bool Plans(DecoderKind decoder) =>
        decoder is DecoderKind.Planned or DecoderKind.PlannedSparse or DecoderKind.PlannedDense;
}
