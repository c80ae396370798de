using System.Text.Json;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Server.Errors;
using PlannedDiffusion.Server.Options;
using PlannedDiffusion.Server.Wire;

namespace PlannedDiffusion.Server.Requests;

/// <summary>What the bodies of all completions have in common, as options of the engine.</summary>
internal static class SamplingMapping
{
    /// <summary>Seeds that are drawn have so many bits: numbers that JavaScript keeps.</summary>
    private const long MostDrawnSeed = 1L << 53;

    /// <summary>The options of the first answer.</summary>
    /// <param name="body">The body.</param>
    /// <param name="maxTokens">The most new tokens; null if the body names no number.</param>
    /// <param name="server">The server's options.</param>
    public static GenerationOptions Options(SamplingBody body, long? maxTokens, PlannedDiffusionServerOptions server)
    {
        Refuse(body.PresencePenalty is not (null or 0), "presence_penalty");
        Refuse(body.FrequencyPenalty is not (null or 0), "frequency_penalty");
        Refuse(HasMembers(body.LogitBias), "logit_bias");
        GenerationOptions basis = DecodingMapping.Apply(server.Generation, body.Planned);
        float temperature = body.Temperature ?? basis.Temperature;
        ulong seed = body.Seed is { } given ? unchecked((ulong)given)
            : temperature > 0 ? (ulong)Random.Shared.NextInt64(1, MostDrawnSeed)
            : basis.Seed;
        return basis with
        {
            Temperature = temperature,
            TopP = body.TopP ?? basis.TopP,
            TopK = body.TopK ?? basis.TopK,
            Seed = seed,
            MaxLength = int.MaxValue, // the context alone bounds the whole
            MaxNewTokens = (int)Math.Min(maxTokens ?? basis.MaxNewTokens ?? server.DefaultMaxTokens, int.MaxValue - 1),
            StopStrings = Stops(body.Stop) ?? basis.StopStrings,
        };
    }

    /// <summary>A number of tokens as the body names it.</summary>
    /// <exception cref="ApiException">It is below 1.</exception>
    public static long? Tokens(long? number, string field) => number is null or >= 1
        ? number
        : throw ApiException.Invalid(field, $"{field} is {number}; it must be at least 1.");

    /// <summary>The number of answers.</summary>
    public static int Choices(int? n) => n is null or (>= 1 and <= PlannedDiffusionServerOptions.MostChoices)
        ? n ?? 1
        : throw ApiException.Invalid("n", $"n is {n}; it must be 1 to {PlannedDiffusionServerOptions.MostChoices}.");

    /// <summary>The same request as often as answers are wanted, each with a seed of its own.</summary>
    public static IEnumerable<GenerationRequest> Repeat(GenerationRequest request, int times) =>
        Enumerable.Range(0, times).Select(i => i == 0 ? request : request with
        {
            Options = request.Options with { Seed = unchecked(request.Options.Seed + (ulong)i) },
        });

    /// <summary>The time that a request has: the server's own, or less if its client gives up before.</summary>
    public static TimeSpan? Deadline(bool streams, RequestOrigin origin, PlannedDiffusionServerOptions server) =>
        streams || origin.Timeout is not { } timeout || timeout > server.Deadline ? server.Deadline : timeout;

    /// <summary>True if a field is there and has something in it.</summary>
    public static bool HasMembers(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => false,
        JsonValueKind.Array => element.GetArrayLength() > 0,
        JsonValueKind.Object => element.EnumerateObject().Any(),
        _ => true,
    };

    /// <summary>Refuses a field that the model cannot follow and that a client relies on.</summary>
    public static void Refuse(bool asked, string field, string because = "the model cannot follow it")
    {
        if (asked) throw ApiException.Unsupported(field, $"{field} is not supported: {because}.");
    }

    private static string[]? Stops(JsonElement stop)
    {
        string[] stops;
        switch (stop.ValueKind)
        {
            case JsonValueKind.Undefined or JsonValueKind.Null:
                return null;
            case JsonValueKind.String:
                stops = [WireText.Of(stop, "stop")];
                break;
            case JsonValueKind.Array:
                stops = [.. stop.EnumerateArray().Select((one, i) => WireText.Of(one, $"stop[{i}]"))];
                break;
            default:
                throw ApiException.Invalid("stop", "stop must be a string, a list of strings, or null.");
        }

        if (stops.Length > GenerationOptions.MaxStopStrings)
            throw ApiException.Invalid(
                "stop", $"stop has {stops.Length} strings; the most are {GenerationOptions.MaxStopStrings}.");
        if (stops.Contains("")) throw ApiException.Invalid("stop", "stop has an empty string.");
        return stops;
    }
}
