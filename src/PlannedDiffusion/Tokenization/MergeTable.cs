using PlannedDiffusion.Files;

namespace PlannedDiffusion.Tokenization;

/// <summary>The merge of a pair of neighbours: its rank, and the token that it gives.</summary>
internal sealed class MergeTable
{
    /// <summary>The pair is never merged. The value is larger than every merge.</summary>
    public const long None = long.MaxValue;

    private readonly Dictionary<long, long> _merges;

    public MergeTable(TokenizerFile file, Vocabulary vocabulary)
    {
        _merges = new Dictionary<long, long>(file.Merges.Count);
        foreach (MergeRule rule in file.Merges)
        {
            int left = Token(rule.Left), right = Token(rule.Right), merged = Token(rule.Left + rule.Right);
            // Merges never give a special token. In trusted text it is found before; in a user's text it stays text.
            if (vocabulary.IsAdded(merged)) continue;
            // The rank is in the high half, so comparing two merges compares their ranks.
            if (!_merges.TryAdd(Key(left, right), (long)_merges.Count << 32 | (uint)merged))
                throw Error($"{MessageText.Quote($"{rule.Left} {rule.Right}")} appears twice");

            int Token(string spelling) => vocabulary.Find(spelling)
                ?? throw Error($"{MessageText.Quote(spelling)} is not in the vocabulary");

            TokenizerException Error(string problem)
            {
                (string name, string field) = file.MergesPlace;
                string place = field == "line" ? $"line {rule.Ordinal}" : $"{field}[{rule.Ordinal}]";
                return new TokenizerException(name, place, problem);
            }
        }
    }

    /// <summary>The merge of two neighbours, ordered by rank, or <see cref="None"/>.</summary>
    public long Find(int left, int right) => _merges.TryGetValue(Key(left, right), out long merge) ? merge : None;

    /// <summary>The token that a merge gives.</summary>
    public static int TokenOf(long merge) => (int)merge;

    /// <summary>The rank of a merge; the lowest is merged first.</summary>
    public static int RankOf(long merge) => (int)(merge >> 32);

    private static long Key(int left, int right) => (long)left << 32 | (uint)right;
}
