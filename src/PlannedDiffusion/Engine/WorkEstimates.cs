using PlannedDiffusion.Decoding;

namespace PlannedDiffusion.Engine;

/// <summary>
/// How many rows an answer will take: those of its prompt, and the mean of the last answers of its kind. Safe for
/// concurrent use.
/// </summary>
internal sealed class WorkEstimates
{
    /// <summary>The answers of a kind that count.</summary>
    public const int Answers = 100;

    /// <summary>New tokens of an answer that may be longer, before there are answers: about those of a chat.</summary>
    private const int UsualTokens = 300;

    private readonly Lock _lock = new();
    private readonly Dictionary<AnswerKind, LastAnswers> _kinds = [];

    /// <summary>The rows that a request will take.</summary>
    public long Of(PreparedRequest request)
    {
        int prompt = request.Prompt.Length, tokens = request.Capacity - prompt;
        long most = request.Decoding is AutoregressiveOptions ? tokens : (long)tokens * request.Capacity;
        return prompt + Math.Clamp(Mean(request.Kind) ?? First(request.Decoding, prompt, tokens), 1, Math.Max(1, most));
    }

    /// <summary>An answer took so many rows, those of its prompt included.</summary>
    public void Add(PreparedRequest request, long rows)
    {
        lock (_lock)
        {
            if (!_kinds.TryGetValue(request.Kind, out LastAnswers? last))
                _kinds.Add(request.Kind, last = new LastAnswers());
            last.Add(Math.Max(0, rows - request.Prompt.Length));
        }
    }

    private long? Mean(AnswerKind kind)
    {
        lock (_lock) return _kinds.TryGetValue(kind, out LastAnswers? last) ? last.Mean : null;
    }

    /// <summary>What to expect before there is an answer, from the options alone.</summary>
    private static long First(DecodingOptions decoding, int prompt, int tokens)
    {
        double ratio = AnswerKind.StepsRatio(decoding);
        int usual = Math.Min(tokens, UsualTokens);
        return decoding switch
        {
            AutoregressiveOptions => usual,
            // Spans have 50 tokens, and each token has a row in the steps of its span; plans add a little.
            PlannedOptions => (long)(usual * (4 + (50 * ratio))),
            FastDllmOptions { Cache: BlockCache.Dual } blocks => (long)tokens * Math.Min(tokens, blocks.BlockLength),
            FastDllmOptions => (long)tokens * tokens / 2, // every step computes what is left
            _ => (long)(tokens * ratio * (prompt + tokens)), // every step computes everything
        };
    }

    /// <summary>The rows of the last answers, and their sum.</summary>
    private sealed class LastAnswers
    {
        private readonly Queue<long> _rows = new(Answers);
        private long _sum;

        public long Mean => _sum / Math.Max(1, _rows.Count);

        public void Add(long rows)
        {
            if (_rows.Count == Answers) _sum -= _rows.Dequeue();
            _rows.Enqueue(rows);
            _sum += rows;
        }
    }
}
