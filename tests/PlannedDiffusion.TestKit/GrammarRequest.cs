using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.TestKit;

/// <summary>A request to <see cref="GrammarModel"/>.</summary>
/// <param name="Seed">Determines everything else.</param>
/// <param name="Rows">Most rows of a step.</param>
/// <param name="Capacity">Positions of the sequence.</param>
internal sealed record GrammarRequest(int Seed, int Rows, int Capacity)
{
    /// <summary>The token of a plan of promises at most positions; the model draws the others.</summary>
    public int? HintAt(int position)
    {
        ControlTokens tags = GrammarModel.Tags;
        int[] promise = [tags.PromiseStart, position % 4, tags.Blank!.Value, tags.Digits[1], tags.PromiseEnd];
        return IsHint(position) ? promise[position % 5] : null;
    }

    /// <summary>The token of a repetitive text at most positions; the model draws the others.</summary>
    public int? RepeatedAt(int position) => IsHint(position) ? 1 + (position % 3 / 2) : null;

    /// <summary>The request with planned decoding.</summary>
    public PlannedDecoder Planned => new()
    {
        Tokens = Seed % 5 == 0 ? GrammarModel.Tags with { Blank = null } : GrammarModel.Tags,
        MaxLength = 400,
        MaxRounds = 16,
        MaxPlanTokens = Seed % 7 == 0 ? 1 + (Seed % 3) : 40,
        LengthScale = 3,
        DefaultSpanLength = 2,
        StepsRatio = 0.5,
        Dense = Seed % 4 == 1,
        Commit = Seed % 2 == 0 ? KvCommit.Reference : KvCommit.Refresh,
        StopTokens = Seed % 6 == 0 ? [GrammarModel.Tags.PromiseEnd] : [],
        DropTopics = Seed % 8 == 1,
        DropSyncs = Seed % 9 == 1,
        Sampling = Sampling,
    };

    /// <summary>The request with autoregressive decoding.</summary>
    public AutoregressiveDecoder Autoregressive => new()
    {
        StopTokens = Seed % 2 == 0 ? [] : [Seed % 12],
        MaxLength = 400,
        Sampling = Sampling,
    };

    private bool IsHint(int position) => new Random((Seed * 1000) + position).Next(8) > 0;

    private SamplingParams Sampling => new((Seed % 4) * 0.5f, Seed % 3 == 0 ? 0.9f : 1, 0, (ulong)Seed);
}
