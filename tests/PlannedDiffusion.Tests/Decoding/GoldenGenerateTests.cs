using System.Collections.Immutable;
using System.Text.Json;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>Planned decoding against recorded runs: every token, step, row count and confidence.</summary>
[Trait("Category", "Golden")]
public sealed class GoldenGenerateTests(ITestOutputHelper output)
{
    private const double LogitsTolerance = 2e-3;
    private const double ConfidenceTolerance = 1e-4;

    public static TheoryData<string> Runners => GoldenRunners.Names;

    [Theory]
    [MemberData(nameof(Runners))]
    public void EveryRecordedRequestIsReproduced(string runner)
    {
        var failures = new List<string>();
        int ran = 0;
        foreach (string name in Golden.Names("generate"))
        {
            JsonElement golden = Golden.Read("generate", name);
            if (IntendedDifferences.ReadsPlanFromPrompt(golden) || IntendedDifferences.HasNoSteps(golden))
            {
                output.WriteLine($"{name}: differs on purpose, see {nameof(IntendedDifferences)}");
                continue;
            }

            ran++;
            using IModelRunner model = GoldenRunners.Open(runner, golden.GetProperty("model").GetString()!);
            try
            {
                Check(golden, Decode(model, golden));
            }
            catch (Exception error) when (error is Xunit.Sdk.XunitException)
            {
                failures.Add($"{name}: {error.Message}");
            }
        }

        output.WriteLine($"{runner}: {ran} recorded requests, {failures.Count} differ");
        Assert.True(ran > 0);
        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
    }

    [Fact]
    public void PromisesInAPromptAreNotAPlan()
    {
        string[] names = [.. Golden.Names("generate")
            .Where(name => IntendedDifferences.ReadsPlanFromPrompt(Golden.Read("generate", name)))];
        foreach (string name in names)
        {
            JsonElement golden = Golden.Read("generate", name);
            using IModelRunner model = GoldenRunners.Open("reference", golden.GetProperty("model").GetString()!);
            Sequence sequence = Decode(model, golden).Sequence;
            Assert.All(
                sequence.Rounds.Where(round => round.Plan is not null).SelectMany(round => round.Plan!.Spans),
                span => Assert.True(span.Topic.Start >= sequence.PromptLength));
        }

        output.WriteLine($"{names.Length} prompts with promises");
    }

    private static DecodingRecording Decode(IModelRunner model, JsonElement golden)
    {
        JsonElement parameters = golden.GetProperty("params");
        var decoder = new PlannedDecoder
        {
            Tokens = Golden.ControlTokens,
            MaxLength = parameters.GetProperty("max_length").GetInt32(),
            Policy = Policy(parameters),
            Sampling = Sampling(parameters),
            StepsRatio = parameters.GetProperty("steps_ratio").GetDouble(),
            Dense = !parameters.GetProperty("block_sparse").GetBoolean(),
            LengthScale = parameters.Optional("length_scale")?.GetDouble() ?? 10,
            ForcedPlans = [.. golden.GetProperty("forced_plans").EnumerateArray()
                .Select(plan => ImmutableArray.Create(plan.Integers()))],
        };
        bool recompute = !parameters.GetProperty("use_cache").GetBoolean();
        int[] prompt = golden.GetProperty("prompt").Integers();
        var sequence = new Sequence(model, model.Limits.MaxPositions, prompt, recompute);
        return DecodingRecording.Run(model, sequence, decoder, golden.Optional("trace_logits") is not null);
    }

    internal static UnmaskPolicy Policy(JsonElement parameters)
    {
        string name = parameters.GetProperty("alg").GetString()!;
        float epsilon = parameters.GetProperty("eps").GetSingle();
        UnmaskScope scope = name.StartsWith("pd_", StringComparison.Ordinal) ? UnmaskScope.Span : UnmaskScope.Round;
        UnmaskPolicy policy = name.Replace("pd_", "", StringComparison.Ordinal) switch
        {
            "entropy" => new ScheduledUnmasking(ConfidenceKind.NegativeEntropy),
            "maskgit_plus" => new ScheduledUnmasking(ConfidenceKind.Probability),
            "topk_margin" => new ScheduledUnmasking(ConfidenceKind.Margin),
            "confidence_threshold" =>
                new ThresholdUnmasking(parameters.GetProperty("threshold").GetSingle()),
            _ => throw new InvalidDataException($"Unknown policy {name}."),
        };
        return policy with { Scope = scope, Epsilon = epsilon };
    }

    internal static SamplingParams Sampling(JsonElement parameters) => new(
        0,
        parameters.Optional("top_p")?.GetSingle() ?? 1,
        parameters.Optional("top_k")?.GetInt32() ?? 0,
        0);

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
        CheckSteps(golden.GetProperty("diffusion"), actual.Denoise(r));
    }

    internal static void CheckSteps(JsonElement golden, IReadOnlyList<RecordedPass> actual)
    {
        JsonElement[] steps = [.. golden.EnumerateArray()];
        Assert.Equal(steps.Length, actual.Count);
        for (int i = 0; i < steps.Length; i++)
        {
            if (steps[i].Optional("q_len") is { } rows) Assert.Equal(rows.GetInt32(), actual[i].Rows);
            JsonElement[][] revealed =
                [.. steps[i].GetProperty("revealed").EnumerateArray().Select(e => e.EnumerateArray().ToArray())];
            Assert.Equal(
                revealed.Select(e => (e[0].GetInt32(), e[1].GetInt32())),
                actual[i].Revealed.Select(e => (e.Position, e.Token)));
            for (int k = 0; k < revealed.Length; k++)
                Assert.Equal(revealed[k][2].GetDouble(), actual[i].Revealed[k].Confidence, ConfidenceTolerance);
        }
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
