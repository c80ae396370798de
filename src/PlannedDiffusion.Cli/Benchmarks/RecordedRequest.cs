using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using PlannedDiffusion.Cli.Json;
using PlannedDiffusion.Cli.Streams;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Benchmarks;

/// <summary>
/// The lengths of a request that some model once answered. Replayed, each plan token and each denoise step costs what
/// it costs on the model at hand, whatever that model would have written itself.
/// </summary>
internal sealed record RecordedRequest
{
    private const int TokensPerNumber = 10;
    private const int MostTokens = 1_000_000;

    [JsonPropertyName("id")]
    public int Id { get; init; }

    [JsonPropertyName("prompt_tokens")]
    public required int PromptTokens { get; init; }

    /// <summary>Tokens of the first plan, with the one that ended it; later plans take as many for each span.</summary>
    [JsonPropertyName("plan_tokens")]
    public required int PlanTokens { get; init; }

    /// <summary>Span lengths of each round.</summary>
    [JsonPropertyName("rounds")]
    public required int[][] Rounds { get; init; }

    /// <summary>Reads JSON lines.</summary>
    /// <exception cref="InvalidDataException">A line is malformed; the message names file and line.</exception>
    public static RecordedRequest[] Read(string path)
    {
        var requests = new List<RecordedRequest>();
        foreach ((int number, string line) in InputText.Lines(InputText.ReadFile(path, "--workload")))
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                RecordedRequest request = JsonSerializer.Deserialize(line, CliJson.Default.RecordedRequest)
                    ?? throw new InvalidDataException("expected an object");
                request.Check();
                requests.Add(request);
            }
            catch (JsonException e)
            {
                throw new InvalidDataException($"{path}:{number}: {Failures.Describe(e).Problem}", e);
            }
            catch (InvalidDataException e)
            {
                throw new InvalidDataException($"{path}:{number}: {e.Message}", e);
            }
        }

        return requests.Count > 0 ? [.. requests] : throw new InvalidDataException($"{path}: no requests");
    }

    /// <summary>Positions that the replay takes.</summary>
    [JsonIgnore]
    public int Length => (int)LongLength;

    // Before it is known to be small.
    private long LongLength => PromptTokens
        + Enumerable.Range(0, Rounds.Length).Sum(round => PlanLength(round) + 1)
        + Rounds.Sum(round => round.Sum(length => length + 2L));

    /// <summary>The request, with tokens that make its plans and fill its prompt.</summary>
    /// <param name="engine">The model that replays it.</param>
    /// <param name="options">How to decode; a largest length that is too small is raised.</param>
    public MeasuredRequest ToRequest(PlannedDiffusionEngine engine, GenerationOptions options)
    {
        ControlTokens control = engine.ControlTokens ?? ControlTokens.FromTokenizer(engine.Tokenizer);
        int filler = engine.Tokenizer.Encode("a")[0];
        return new MeasuredRequest(
            $"{Id}: {string.Join(" | ", Rounds.Select(round => string.Join('+', round)))}",
            new GenerationRequest
            {
                PromptTokens = [.. Enumerable.Repeat(filler, PromptTokens)],
                Options = options with
                {
                    MaxLength = Math.Max(options.MaxLength ?? 0, Length),
                    LengthScale = TokensPerNumber,
                    ForcedPlans = [.. Rounds.Select((_, round) => Plan(round, control, filler))],
                },
            },
            Rounds.Sum(round => round.Sum()));
    }

    private void Check()
    {
        RequireCount("prompt_tokens", PromptTokens);
        RequireCount("plan_tokens", PlanTokens);
        if (Rounds is not { Length: > 0 } || Rounds.Any(round => round is not { Length: > 0 }))
            throw new InvalidDataException("rounds has no spans");
        int wrong = Rounds.SelectMany(round => round).FirstOrDefault(IsNotWritable, 0);
        if (wrong != 0) throw new InvalidDataException($"rounds has {wrong}: not a multiple of 10 below 1000");
        int least = Rounds[0].Sum(Promise) + 1;
        if (LongLength > MostTokens)
            throw new InvalidDataException($"it takes {LongLength} positions; {MostTokens} is the most");
        if (PlanTokens < least) throw new InvalidDataException($"plan_tokens is {PlanTokens}; its spans take {least}");
    }

    private static void RequireCount(string name, int count)
    {
        if (count is < 1 or > MostTokens)
            throw new InvalidDataException($"{name} is {count}: not between 1 and {MostTokens}");
    }

    // A plan's number has one digit or two.
    private static bool IsNotWritable(int length) => length is < TokensPerNumber or >= 100 * TokensPerNumber
        || length % TokensPerNumber != 0;

    // Both tags and the digits of the number.
    private static int Promise(int length) => 2 + (length < 10 * TokensPerNumber ? 1 : 2);

    private long PlanLength(int round) => round == 0
        ? PlanTokens - 1
        : Math.Max(Rounds[round].Sum(Promise), (PlanTokens - 1L) * Rounds[round].Length / Rounds[0].Length);

    private ImmutableArray<int> Plan(int round, ControlTokens control, int filler)
    {
        int[] lengths = Rounds[round];
        int words = (int)PlanLength(round) - lengths.Sum(Promise);
        var tokens = ImmutableArray.CreateBuilder<int>();
        for (int span = 0; span < lengths.Length; span++)
        {
            tokens.Add(control.PromiseStart);
            int topic = (words * (span + 1) / lengths.Length) - (words * span / lengths.Length);
            tokens.AddRange(Enumerable.Repeat(filler, topic));
            int number = lengths[span] / TokensPerNumber;
            if (number >= 10) tokens.Add(control.Digits[number / 10]);
            tokens.Add(control.Digits[number % 10]);
            tokens.Add(control.PromiseEnd);
        }

        tokens.Add(round + 1 < Rounds.Length ? control.Sync : control.End);
        return tokens.ToImmutable();
    }
}
