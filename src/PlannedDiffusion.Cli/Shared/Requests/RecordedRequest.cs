using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Shared.Requests;

/// <summary>
/// The lengths of a request that some model once answered. A replay runs as many plan tokens and denoise steps on
/// another model, whatever that model would have written itself.
/// </summary>
internal sealed record RecordedRequest
{
    private const int TokensPerNumber = 10;
    private const int MostTokens = 1_000_000;

    [JsonPropertyName("id")]
    public int Id { get; init; }

    [JsonPropertyName("prompt_tokens")]
    public required int PromptTokens { get; init; }

    /// <summary>
    /// Tokens of the first plan, including the one that ended it. Later plans take as many for each span. Null if
    /// <see cref="TotalTokens"/> gives the tokens of all plans.
    /// </summary>
    [JsonPropertyName("plan_tokens")]
    public int? PlanTokens { get; init; }

    /// <summary>Tokens of the answer: plans, and spans with two tags each.</summary>
    [JsonPropertyName("total_tokens")]
    public int? TotalTokens { get; init; }

    /// <summary>True if more text followed the last span, so the total does not tell the length of plans.</summary>
    [JsonPropertyName("runaway")]
    public bool Runaway { get; init; }

    /// <summary>Span lengths of each round.</summary>
    [JsonPropertyName("rounds")]
    public required int[][] Rounds { get; init; }

    /// <summary>Denoise steps of each round; null to take them from the schedule.</summary>
    [JsonPropertyName("steps")]
    public int[]? Steps { get; init; }

    /// <summary>Reads JSON lines.</summary>
    /// <exception cref="InvalidDataException">A line is malformed. The message names file and line.</exception>
    public static RecordedRequest[] Read(string path)
    {
        var requests = new List<RecordedRequest>();
        foreach ((int number, string line) in InputText.Lines(InputText.ReadFile(path, "--workload")))
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                RecordedRequest request = JsonSerializer.Deserialize(line, RequestJson.Default.RecordedRequest)
                    ?? throw new InvalidDataException("expected an object");
                request.Check();
                requests.Add(request);
            }
            catch (JsonException e)
            {
                throw new InvalidDataException($"{path}:{number}: {Messages.Of(e).Problem}", e);
            }
            catch (InvalidDataException e)
            {
                throw new InvalidDataException($"{path}:{number}: {e.Message}", e);
            }
        }

        if (requests.Count == 0) throw new InvalidDataException($"{path}: no requests");
        return [.. WithoutRunaways(requests, path)];
    }

    /// <summary>Number of positions that the replay needs.</summary>
    [JsonIgnore]
    public int Length => (int)LongLength;

    // The sum may overflow an int before the check.
    private long LongLength => PromptTokens + LeastPlans() + Topics().Sum() + SpanTokens();

    /// <summary>Makes the request. Filler tokens make up its prompt and the topics of its plans.</summary>
    /// <param name="engine">The model that replays it.</param>
    /// <param name="options">How to decode. MaxLength is raised if it is too small.</param>
    public MeasuredRequest ToRequest(PlannedDiffusionEngine engine, GenerationOptions options)
    {
        ControlTokens control = engine.ControlTokens ?? ControlTokens.FromTokenizer(engine.Tokenizer);
        int filler = engine.Tokenizer.Encode("a")[0];
        var experiment = (options.Experiment ?? new ExperimentOptions()) with
        {
            ForcedPlans = [.. Topics().Select((topics, round) => Plan(round, topics, control, filler))],
            ForcedSteps = [.. Steps ?? []],
        };
        var request = new GenerationRequest
        {
            PromptTokens = [.. Enumerable.Repeat(filler, PromptTokens)],
            Options = options with
            {
                MaxLength = Math.Max(options.MaxLength ?? 0, Length),
                Decoding = options.Decoding is PlannedOptions planned
                    ? planned with { LengthScale = TokensPerNumber }
                    : options.Decoding,
                Experiment = experiment,
            },
        };
        string name = $"{Id}: {string.Join(" | ", Rounds.Select(round => string.Join('+', round)))}";
        return new MeasuredRequest(name, request, Rounds.Sum(round => round.Sum())) { LengthScale = TokensPerNumber };
    }

    private void Check()
    {
        RequireCount("prompt_tokens", PromptTokens);
        if (PlanTokens is { } plan) RequireCount("plan_tokens", plan);
        if (TotalTokens is { } total) RequireCount("total_tokens", total);
        if (Rounds is not { Length: > 0 } || Rounds.Any(round => round is not { Length: > 0 }))
            throw new InvalidDataException("rounds has no spans");
        int wrong = Rounds.SelectMany(round => round).FirstOrDefault(IsNotWritable, 0);
        if (wrong != 0) throw new InvalidDataException($"rounds has {wrong}: not a multiple of 10 below 1000");
        if (LongLength > MostTokens)
            throw new InvalidDataException($"it takes {LongLength} positions; {MostTokens} is the most");
        CheckPlans();
        if (Steps is null) return;
        if (Steps.Length != Rounds.Length)
            throw new InvalidDataException($"steps has {Steps.Length} numbers, rounds has {Rounds.Length} lists");
        foreach (int steps in Steps) RequireCount("a number of steps", steps);
    }

    private void CheckPlans()
    {
        int least = Rounds[0].Sum(Promise) + 1;
        if (PlanTokens < least) throw new InvalidDataException($"plan_tokens is {PlanTokens}; its spans take {least}");
        if (PlanTokens is not null || Runaway) return;
        if (TotalTokens is null) throw new InvalidDataException("it has neither plan_tokens nor total_tokens");
        if (TotalTokens < SpanTokens())
            throw new InvalidDataException($"total_tokens is {TotalTokens}; its spans take {SpanTokens()}");
    }

    private static void RequireCount(string name, int count)
    {
        if (count is < 1 or > MostTokens)
            throw new InvalidDataException($"{name} is {count}: not between 1 and {MostTokens}");
    }

    // A length in a plan has one digit or two.
    private static bool IsNotWritable(int length) => length is < TokensPerNumber or >= 100 * TokensPerNumber
        || length % TokensPerNumber != 0;

    /// <summary>
    /// The requests with estimates for runaways: their plans take as many tokens for each span as the average.
    /// </summary>
    private static IEnumerable<RecordedRequest> WithoutRunaways(List<RecordedRequest> requests, string path)
    {
        RecordedRequest[] known = [.. requests.Where(one => one is { Runaway: false, TotalTokens: not null })];
        double perSpan = (double)known.Sum(one => one.RecordedPlans()) / known.Sum(one => one.SpanCount());
        foreach (RecordedRequest one in requests)
        {
            if (one is not { Runaway: true, PlanTokens: null })
            {
                yield return one;
                continue;
            }

            if (known.Length == 0)
                throw new InvalidDataException(
                    $"{path}: {one.Id} is a runaway without plan_tokens, and no other line gives the tokens of plans");
            double total = one.SpanTokens() + Math.Round(perSpan * one.SpanCount());
            yield return one with { TotalTokens = (int)Math.Min(total, MostTokens) };
        }
    }

    private long SpanCount() => Rounds.Sum(round => (long)round.Length);

    // Including the tags.
    private long SpanTokens() => Rounds.Sum(round => round.Sum(length => length + 2L));

    // All tokens but those of spans: the plans and the tokens that end them. The end token of the answer is not
    // recorded and not added, because the autoregressive answer of the same length has none either.
    private long RecordedPlans() => Math.Max(0, (TotalTokens ?? 0) - SpanTokens());

    // Plans without topics.
    private long LeastPlans() => Rounds.Sum(round => round.Sum(Promise) + 1L);

    // Both tags and the digits of the length.
    private static int Promise(int length) => 2 + (length < 10 * TokensPerNumber ? 1 : 2);

    /// <summary>Tokens of the topics of each round, summed over its spans.</summary>
    private IEnumerable<long> Topics()
    {
        long all = Math.Max(0, RecordedPlans() - LeastPlans()), spans = SpanCount(), before = 0;
        foreach (int[] round in Rounds)
        {
            long after = before + round.Length;
            yield return PlanTokens is { } first
                ? Math.Max(0, ((first - 1L) * round.Length / Rounds[0].Length) - round.Sum(Promise))
                : (all * after / spans) - (all * before / spans);
            before = after;
        }
    }

    private ImmutableArray<int> Plan(int round, long topics, ControlTokens control, int filler)
    {
        int[] lengths = Rounds[round];
        var tokens = ImmutableArray.CreateBuilder<int>();
        for (int span = 0; span < lengths.Length; span++)
        {
            tokens.Add(control.PromiseStart);
            int topic = (int)((topics * (span + 1) / lengths.Length) - (topics * span / lengths.Length));
            tokens.AddRange(Enumerable.Repeat(filler, Math.Max(0, topic - 1)));
            if (topic > 0) tokens.Add(control.Blank ?? filler); // as promises in answers have before the length
            int number = lengths[span] / TokensPerNumber;
            if (number >= 10) tokens.Add(control.Digits[number / 10]);
            tokens.Add(control.Digits[number % 10]);
            tokens.Add(control.PromiseEnd);
        }

        tokens.Add(round + 1 < Rounds.Length ? control.Sync : control.End);
        return tokens.ToImmutable();
    }
}
