using System.Collections.Immutable;
using System.Text.Json;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using Xunit;
using Xunit.Sdk;

namespace PlannedDiffusion.TestKit;

/// <summary>Recorded requests of planned decoding: every token, step, row count and confidence.</summary>
public static class GoldenRequests
{
    private const double LogitsTolerance = 2e-3;

    /// <summary>Decodes all recorded requests and throws if any differs; returns how many ran.</summary>
    /// <param name="open">The runner of a golden model, by name; the caller owns it.</param>
    /// <param name="say">Receives the names of cases that differ on purpose.</param>
    public static int CheckAll(Func<string, IModelRunner> open, Action<string> say)
    {
        ArgumentNullException.ThrowIfNull(open);
        ArgumentNullException.ThrowIfNull(say);
        var failures = new List<string>();
        int ran = 0;
        foreach (string name in Golden.Names("generate"))
        {
            JsonElement golden = Golden.Read("generate", name);
            if (IntendedDifferences.ReadsPlanFromPrompt(golden) || IntendedDifferences.HasNoSteps(golden))
            {
                say($"{name}: differs on purpose, see {nameof(IntendedDifferences)}");
                continue;
            }

            ran++;
            try
            {
                Check(golden, Decode(open(golden.GetProperty("model").GetString()!), golden));
            }
            catch (XunitException error)
            {
                failures.Add($"{name}: {error.Message}");
            }
        }

        Assert.True(failures.Count == 0, $"{failures.Count} of {ran}: {string.Join("\n\n", failures)}");
        return ran;
    }

    /// <summary>Decodes one recorded request.</summary>
    internal static DecodingRecording Decode(IModelRunner model, JsonElement golden)
    {
        ArgumentNullException.ThrowIfNull(model);
        JsonElement parameters = golden.GetProperty("params");
        var defaults = new PlannedOptions();
        var decoder = new PlannedDecoder
        {
            Tokens = Golden.ControlTokens,
            MaxLength = parameters.GetProperty("max_length").GetInt32(),
            Policy = GoldenParameters.Policy(parameters),
            Sampling = GoldenParameters.Sampling(parameters),
            StepsRatio = parameters.GetProperty("steps_ratio").GetDouble(),
            Dense = !parameters.GetProperty("block_sparse").GetBoolean(),
            LengthScale = parameters.Optional("length_scale")?.GetDouble() ?? defaults.LengthScale,
            DefaultSpanLength = defaults.DefaultSpanLength,
            MaxRounds = defaults.MaxRounds,
            MaxPlanTokens = defaults.MaxPlanTokens,
            ForcedPlans = [.. golden.GetProperty("forced_plans").EnumerateArray()
                .Select(plan => ImmutableArray.Create(plan.Integers()))],
        };
        bool recompute = !parameters.GetProperty("use_cache").GetBoolean();
        int[] prompt = golden.GetProperty("prompt").Integers();
        using var sequence = new Sequence(model, model.Limits.MaxPositions, prompt, recompute);
        return DecodingRecording.Run(model, sequence, decoder, golden.Optional("trace_logits") is not null);
    }

    private static void Check(JsonElement golden, DecodingRecording actual)
    {
        Assert.Equal(golden.GetProperty("sequence").Integers(), actual.Sequence.Tokens.ToArray());
        if (golden.Optional("scaffold") is { } scaffold) Assert.Equal(scaffold.Integers(), actual.Scaffolds[^1]);
        JsonElement[] rounds = [.. golden.GetProperty("rounds").EnumerateArray()];
        Assert.Equal(rounds.Length, actual.Sequence.Rounds.Count);
        bool atLimit = rounds[^1].Optional("spans") is null;
        Assert.Equal(
            golden.GetProperty("ar_steps").GetInt32() - IntendedDifferences.PassesSpentAtMaxLength(atLimit),
            actual.Autoregressive.Count);
        Assert.Equal(
            golden.GetProperty("diffusion_steps").GetInt32(),
            actual.Sequence.Rounds.Sum(round => round.Steps));
        for (int r = 0; r < rounds.Length; r++) CheckRound(rounds[r], r, actual);
        CheckFirstLogits(golden, actual);
        if (golden.Optional("trace_logits") is { } trace) CheckTrace(Golden.ReadFloats(trace), actual);
    }

    private static void CheckRound(JsonElement golden, int r, DecodingRecording actual)
    {
        DecodingRound round = actual.Sequence.Rounds[r];
        int[] plan = golden.GetProperty("plan").Integers();
        int[] tokens = actual.Sequence.Tokens[round.PlanTokens.Start..round.PlanTokens.End].ToArray();
        Assert.Equal(plan, round.Terminator is { } last ? [.. tokens, last] : tokens);
        int[] rows = [.. actual.Autoregressive.Where(pass => pass.Round == r).Select(pass => pass.Rows)];
        Assert.Equal(golden.GetProperty("ar_query_lengths").Integers().Take(rows.Length), rows);
        if (golden.Optional("spans") is not { } spans)
        {
            Assert.Null(round.Plan);
            return;
        }

        Assert.Equal(
            spans.EnumerateArray().Select(span => string.Join(' ', span.Integers())),
            Enumerable.Range(0, round.Scaffold!.Count).Select(s =>
                $"{round.Scaffold.Span(s).Start} {round.Scaffold.Span(s).End} {round.Plan!.Spans[s].Length}"));
        Assert.Equal(golden.GetProperty("steps_nominal").GetInt32(), round.PlannedSteps);
        Assert.Equal(golden.GetProperty("steps_executed").GetInt32(), round.Steps);
        GoldenParameters.CheckSteps(golden.GetProperty("diffusion"), actual.Denoise(r));
    }

    private static void CheckFirstLogits(JsonElement golden, DecodingRecording actual)
    {
        float[] expected = Golden.ReadFloats(golden.GetProperty("first_ar_logits"));
        for (int r = 0; r < actual.Sequence.Rounds.Count; r++)
        {
            RecordedPass? first = actual.Autoregressive.FirstOrDefault(pass => pass.Round == r);
            if (first is null) continue; // ended by its length before it began
            float[] logits = first.Logits[0];
            for (int i = 0; i < logits.Length; i++)
                Assert.Equal(expected[(r * logits.Length) + i], logits[i], LogitsTolerance);
        }
    }

    private static void CheckTrace(float[] expected, DecodingRecording actual)
    {
        float[] logits = [.. actual.Passes.Where(pass => pass.Stage == DecodingStage.Denoise)
            .SelectMany(pass => pass.Logits).SelectMany(row => row)];
        Assert.Equal(expected.Length, logits.Length);
        for (int i = 0; i < logits.Length; i++) Assert.Equal(expected[i], logits[i], LogitsTolerance);
    }
}
