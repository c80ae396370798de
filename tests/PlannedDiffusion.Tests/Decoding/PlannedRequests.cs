using System.Collections.Immutable;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tests.Engine;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>Planned requests on a model with random weights, with plans that the test writes.</summary>
internal static class PlannedRequests
{
    public static readonly ControlTokens Tags = TinyEngines.Tags;

    public static readonly int[] Prompt = [95, 59, 143, 75, 184, 209, 66, 95, 195, 58, 137, 68];

    private static readonly PlannedOptions Defaults = new();

    /// <summary>A decoder whose plans are the given ones.</summary>
    public static PlannedDecoder Decoder(params ImmutableArray<int>[] plans) => new()
    {
        Tokens = Tags,
        MaxLength = 400,
        LengthScale = 3,
        StepsRatio = 0.5,
        DefaultSpanLength = Defaults.DefaultSpanLength,
        MaxRounds = Defaults.MaxRounds,
        MaxPlanTokens = Defaults.MaxPlanTokens,
        ForcedPlans = [.. plans],
    };

    /// <summary>A plan of promises with these numbers, ended by a token.</summary>
    public static ImmutableArray<int> Plan(int end, params int[] numbers) => [.. Promises(numbers), end];

    /// <summary>Promises with a topic of one token and a number.</summary>
    public static IEnumerable<int> Promises(params int[] numbers) => numbers.SelectMany((number, i) =>
        (int[])[Tags.PromiseStart, 100 + i, .. $"{number}".Select(digit => Tags.Digits[digit - '0']), Tags.PromiseEnd]);

    public static ReferenceModelRunner Runner(int maxRows = 512) =>
        TinyEngines.ReferenceRunner(new RunnerLimits { MaxRowsPerStep = maxRows });

    /// <summary>Decodes to the end on a new runner.</summary>
    public static DecodingRecording Run(IDecoder decoder, int maxRows = 512, int capacity = 400, bool recompute = false)
    {
        using ReferenceModelRunner runner = Runner(maxRows);
        using var sequence = new Sequence(runner, capacity, Prompt, recompute);
        return DecodingRecording.Run(runner, sequence, decoder);
    }

    public static int[] Tokens(this DecodingRecording recording) => recording.Sequence.Tokens.ToArray();
}
