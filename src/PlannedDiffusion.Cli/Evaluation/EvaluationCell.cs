using System.Globalization;
using PlannedDiffusion.Cli.Commands;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Evaluation;

/// <summary>One way to decode of a grid, and the name that its answers go under.</summary>
internal sealed record EvaluationCell(string Name, GenerationOptions Options)
{
    /// <summary>The cell of some options: its name has all that a grid varies.</summary>
    public static EvaluationCell Of(GenerationOptions options)
    {
        string name = DecodingOptions.Name(options.Decoder);
        bool plans = Plans(options.Decoder);
        if (plans || options.Decoder == DecoderKind.Diffusion) name += $"-r{Text(options.StepsRatio)}";
        if (options.Unmasking is ThresholdUnmasking policy && options.Decoder != DecoderKind.Autoregressive)
            name += $"-t{Text(policy.Threshold)}";
        if (plans && options.LengthScale != EvaluationGrid.NumberScale)
            name += $"-l{Text(options.LengthScale / EvaluationGrid.NumberScale)}";
        if (plans && options.DropTopics) name += "-no-topics";
        if (plans && options.DropSyncs) name += "-no-sync";
        return new EvaluationCell(name, options);
    }

    /// <summary>True for the ways that plan.</summary>
    public static bool Plans(DecoderKind kind) =>
        kind is DecoderKind.Planned or DecoderKind.PlannedSparse or DecoderKind.PlannedDense;

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(float value) => value.ToString(CultureInfo.InvariantCulture);
}
