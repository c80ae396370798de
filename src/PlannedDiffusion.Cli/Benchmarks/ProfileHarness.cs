using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Benchmarks;

/// <summary>One way of decoding a request: the median run, and how many tokens its answer counts.</summary>
internal sealed record ProfiledRun(DecoderKind Decoder, GenerationResult Result, int Tokens);

/// <summary>
/// A request in all ways of decoding; the autoregressive answer is as long as the longest of the others.
/// </summary>
internal sealed record ProfiledRequest(string Name, ProfiledRun Autoregressive, IReadOnlyList<ProfiledRun> Others);

/// <summary>
/// Runs requests in several ways of decoding, in turn, so that a change of the machine's mood meets all.
/// </summary>
internal sealed class ProfileHarness
{
    private const int DefaultTokens = 128;

    private readonly PlannedDiffusionEngine _engine;
    private readonly DecoderKind[] _others;
    private readonly int _repetitions;
    private bool _isWarm;

    public ProfileHarness(PlannedDiffusionEngine engine, IEnumerable<DecoderKind> decoders, int repetitions)
    {
        _engine = engine;
        _repetitions = repetitions;
        // Those that plan come first: they tell the others how long the answer is.
        _others = [.. decoders.Where(decoder => decoder != DecoderKind.Autoregressive)
            .OrderBy(decoder => MeasuredRequest.Plans(decoder) ? 0 : 1)];
    }

    /// <summary>
    /// Measures a request; the first one is run once more before, which pays for cold code and memory.
    /// </summary>
    public async Task<ProfiledRequest> MeasureAsync(MeasuredRequest request, CancellationToken cancellation)
    {
        var runs = new Dictionary<DecoderKind, List<ProfiledRun>>();
        for (int i = _isWarm ? 0 : -1; i < _repetitions; i++)
        {
            int? tokens = request.AnswerTokens;
            int longest = 0;
            foreach (DecoderKind decoder in _others)
            {
                ProfiledRun run = await RunAsync(request, decoder, tokens, cancellation);
                if (MeasuredRequest.Plans(decoder)) tokens ??= run.Tokens;
                longest = Math.Max(longest, run.Tokens);
                Keep(run, i);
            }

            if (_others.Length == 0) longest = tokens ?? request.Request.Options.MaxNewTokens ?? DefaultTokens;
            GenerationResult result = await _engine.CompleteAsync(
                request.Autoregressive(PassesFor(longest)), cancellation);
            Keep(new ProfiledRun(DecoderKind.Autoregressive, result, longest), i);
        }

        _isWarm = true;
        return new ProfiledRequest(
            request.Name,
            Median(runs[DecoderKind.Autoregressive]),
            [.. _others.Select(decoder => Median(runs[decoder]))]);

        void Keep(ProfiledRun run, int repetition)
        {
            if (repetition < 0) return;
            if (!runs.TryGetValue(run.Decoder, out List<ProfiledRun>? all)) runs.Add(run.Decoder, all = []);
            all.Add(run);
        }
    }

    /// <summary>Passes of an autoregressive answer: one for each token, and one for the token that ends it.</summary>
    public static int PassesFor(int tokens) => tokens + 1;

    private async Task<ProfiledRun> RunAsync(
        MeasuredRequest request, DecoderKind decoder, int? tokens, CancellationToken cancellation)
    {
        GenerationRequest one = request.For(decoder);
        bool plans = MeasuredRequest.Plans(decoder);
        if (!plans && tokens is > 0)
            one = one with { Options = one.Options with { MaxNewTokens = one.Options.MaxNewTokens ?? tokens } };
        GenerationResult result = await _engine.CompleteAsync(one, cancellation);
        int answer = !plans ? result.Usage.Text
            : request.AnswerTokens ?? _engine.Tokenizer.Encode(result.Text).Length;
        return new ProfiledRun(decoder, result, answer);
    }

    private static ProfiledRun Median(List<ProfiledRun> runs)
    {
        ProfiledRun[] sorted = [.. runs.OrderBy(run => new PathTimes(run.Result.CriticalPath).Seconds)];
        return sorted[sorted.Length / 2];
    }
}
