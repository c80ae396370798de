using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tests.Decoding;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>Any way of decoding, with any plan or none, and its events.</summary>
internal static class AnyRequest
{
    /// <summary>Plans of two rounds.</summary>
    public const string First = "x<promise>-<topic>uno 1</topic><promise>-<topic>due 2</topic><sync/>";
    public const string Second = "<promise>-<topic>tre 1</topic><|im_end|>";

    /// <summary>A request.</summary>
    /// <param name="decoder">The way to decode.</param>
    /// <param name="plan">0 for the plans of two rounds, 1 for a plan of the caller's; else the model's.</param>
    /// <param name="seed">Determines everything else.</param>
    public static GenerationRequest Of(DecoderKind decoder, int plan, int seed)
    {
        GenerationOptions options = (plan == 0 ? Planned(First, Second) : Planned()) with
        {
            MaxNewTokens = 40 + (seed % 40),
            Temperature = seed % 2,
            Seed = (ulong)seed,
            Preset = Preset.Fast,
        };
        options = options.WithPlans(plans => plans with
        {
            StepsRatio = 0.5,
            MaxPlanTokens = 5 + (seed % 30),
            LengthScale = 2,
            Unmasking = seed % 8 == 7 ? null : AnyPlan.PolicyOf(seed % 8),
        }).As(decoder);
        bool given = plan == 1 && options.Decoding is PlannedOptions;
        return Request("say", options) with { Plan = given ? [new PlanItem("a", 5), new PlanItem("b", 9)] : null };
    }

    /// <summary>A model that writes promises, other text, and ends of plans and answers.</summary>
    public static int WrittenAt(int position, int seed)
    {
        int roll = new Random((seed * 1000) + position).Next(24);
        return roll switch
        {
            < 5 => Tags.PromiseStart,
            < 8 => Tags.PromiseEnd,
            < 12 => Tags.Digits[roll - 8],
            12 => Tags.Sync,
            13 => Tags.End,
            _ => 60 + roll,
        };
    }

    /// <summary>All events of a request, from an engine around the runner.</summary>
    /// <param name="runner">The runner, which the engine owns.</param>
    /// <param name="request">The request.</param>
    /// <param name="passes">True to compare passes, too.</param>
    /// <param name="cancellation">Ends the test.</param>
    public static string[] Listen(
        IModelRunner runner, GenerationRequest request, bool passes, CancellationToken cancellation)
    {
        using PlannedDiffusionEngine engine = Around(runner);
        return [.. engine.GenerateAsync(request, cancellation).ToBlockingEnumerable(cancellation)
            .Select(happened => Text(happened, passes))];
    }

    private static string Text(GenerationEvent happened, bool passes) => happened switch
    {
        PlanReady ready => $"{ready.Round} {string.Join(", ", ready.Spans)} {ready.PlannedSteps}",
        PlanDelta delta => $"{delta with { Drafted = passes && delta.Drafted }}",
        TextDelta delta => $"{delta with { Drafted = passes && delta.Drafted }}",
        Completed { Result: { } result } => string.Join('\n',
        [
            result.Text,
            string.Join(' ', result.Tokens),
            string.Join(' ', result.Rounds.SelectMany(round => round.Spans)),
            string.Join(' ', result.CriticalPath.DenoiseSteps),
            $"{result.Finish} {result.Usage}",
            passes ? $"{string.Join(' ', result.CriticalPath.Passes)} {result.CriticalPath.TokensPerPass}" : "",
        ]),
        _ => happened.ToString(),
    };
}
