using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Requests;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Profile;

/// <summary>One way of decoding a request: the median run, and the number of tokens of its answer.</summary>
internal sealed record ProfiledRun(DecodingWay Way, GenerationOptions Options, GenerationResult Result, int Tokens);

/// <summary>
/// A request in all ways of decoding. The autoregressive answer is as long as the longest of the other answers.
/// </summary>
internal sealed record ProfiledRequest(string Name, ProfiledRun Autoregressive, IReadOnlyList<ProfiledRun> Others);

/// <summary>
/// Runs requests in several ways of decoding in turn, so that a change of the machine's speed affects all of them.
/// </summary>
internal sealed class ProfileHarness
{
    private const int DefaultTokens = 128;

    private readonly PlannedDiffusionEngine _engine;
    private readonly DecodingWay[] _others;
    private readonly int _repetitions;
    private bool _isWarm;

    public ProfileHarness(PlannedDiffusionEngine engine, IEnumerable<DecodingWay> ways, int repetitions)
    {
        _engine = engine;
        _repetitions = repetitions;
        // The ways that plan come first, because their plan sets the length of the other answers.
        _others = [.. ways.Where(way => !way.IsBaseline)
            .OrderBy(way => way.Decoding is PlannedOptions ? 0 : 1)];
    }

    /// <summary>
    /// Measures a request. The first request gets one warm-up run, so that no time includes compilation or cold memory.
    /// </summary>
    public async Task<ProfiledRequest> MeasureAsync(MeasuredRequest request, CancellationToken cancellation)
    {
        var runs = new Dictionary<DecodingWay, List<ProfiledRun>>();
        var autoregressive = new DecodingWay(new AutoregressiveOptions());
        for (int i = _isWarm ? 0 : -1; i < _repetitions; i++)
        {
            int? tokens = request.AnswerTokens;
            int longest = 0;
            foreach (DecodingWay way in _others)
            {
                ProfiledRun run = await RunAsync(request, way, tokens, cancellation);
                if (way.Decoding is PlannedOptions) tokens ??= run.Tokens;
                longest = Math.Max(longest, run.Tokens);
                Keep(run, i);
            }

            if (_others.Length == 0) longest = tokens ?? request.Request.Options.MaxNewTokens ?? DefaultTokens;
            GenerationRequest against = request.Autoregressive(PassesFor(longest));
            GenerationResult result = await _engine.CompleteAsync(against, cancellation);
            Keep(new ProfiledRun(autoregressive, against.Options, result, longest), i);
        }

        _isWarm = true;
        return new ProfiledRequest(
            request.Name,
            Median(runs[autoregressive]),
            [.. _others.Select(way => Median(runs[way]))]);

        void Keep(ProfiledRun run, int repetition)
        {
            if (repetition < 0) return;
            if (!runs.TryGetValue(run.Way, out List<ProfiledRun>? all)) runs.Add(run.Way, all = []);
            all.Add(run);
        }
    }

    /// <summary>Passes of an autoregressive answer: one for each token, and one for the token that ends it.</summary>
    public static int PassesFor(int tokens) => tokens + 1;

    private async Task<ProfiledRun> RunAsync(
        MeasuredRequest request, DecodingWay way, int? tokens, CancellationToken cancellation)
    {
        GenerationRequest one = Sized(request, way, tokens);
        GenerationResult result = await _engine.CompleteAsync(one, cancellation);
        int answer = way.Decoding is PlannedOptions
            ? request.AnswerTokens ?? _engine.Tokenizer.Encode(result.PublishedText).Length
            : way.Decoding is AutoregressiveOptions ? Math.Min(tokens ?? int.MaxValue, result.Usage.Text)
            : result.Usage.Text;
        return new ProfiledRun(way, one.Options, result, answer);
    }

    /// <summary>The request for an answer of as many tokens; unchanged if a plan sets the length.</summary>
    private static GenerationRequest Sized(MeasuredRequest request, DecodingWay way, int? tokens)
    {
        GenerationRequest one = request.For(way.Decoding);
        if (tokens is not > 0 || way.Decoding is PlannedOptions) return one;
        return way.Decoding is AutoregressiveOptions own
            ? request.Autoregressive(PassesFor(tokens.Value), own.PromptLookup)
            : one with { Options = one.Options with { MaxNewTokens = one.Options.MaxNewTokens ?? tokens } };
    }

    private static ProfiledRun Median(List<ProfiledRun> runs)
    {
        ProfiledRun[] sorted = [.. runs.OrderBy(run => new PathTimes(run.Result.CriticalPath).Seconds)];
        return sorted[sorted.Length / 2];
    }
}
