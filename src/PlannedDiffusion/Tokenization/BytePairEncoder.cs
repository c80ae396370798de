using System.Runtime.InteropServices;

namespace PlannedDiffusion.Tokenization;

/// <summary>
/// Merges the bytes of one word: the pair with the lowest rank first, the leftmost of equal ones, until no pair can be
/// merged. An instance keeps working memory and serves one caller at a time.
/// </summary>
internal sealed class BytePairEncoder(Vocabulary vocabulary, MergeTable merges)
{
    // Up to this length, a search through all pairs for each merge is faster than a queue.
    private const int ShortWord = 48;

    private readonly PriorityQueue<int, long> _queue = new();
    private Symbol[] _symbols = [];

    /// <summary>The entries that fit into the working memory.</summary>
    public int Capacity => _symbols.Length;

    public void Encode(ReadOnlySpan<byte> word, List<int> ids)
    {
        if (word.Length <= ShortWord) EncodeShort(word, ids);
        else EncodeLong(word, ids);
    }

    private void EncodeShort(ReadOnlySpan<byte> word, List<int> ids)
    {
        int count = word.Length;
        Span<int> tokens = stackalloc int[ShortWord];
        Span<long> pairs = stackalloc long[ShortWord];
        for (int i = 0; i < count; i++) tokens[i] = vocabulary.ByteIds[word[i]];
        for (int i = 0; i < count - 1; i++) pairs[i] = merges.Find(tokens[i], tokens[i + 1]);
        while (count > 1)
        {
            int best = IndexOfLowest(pairs[..(count - 1)]);
            if (pairs[best] == MergeTable.None) break;
            tokens[best] = MergeTable.TokenOf(pairs[best]);
            count--;
            tokens[(best + 2)..(count + 1)].CopyTo(tokens[(best + 1)..]);
            if (best < count - 1)
            {
                pairs[(best + 1)..count].CopyTo(pairs[best..]);
                pairs[best] = merges.Find(tokens[best], tokens[best + 1]);
            }

            if (best > 0) pairs[best - 1] = merges.Find(tokens[best - 1], tokens[best]);
        }

        ids.AddRange(tokens[..count]);
    }

    private static int IndexOfLowest(ReadOnlySpan<long> pairs)
    {
        int best = 0;
        for (int i = 1; i < pairs.Length; i++)
        {
            if (pairs[i] < pairs[best]) best = i;
        }

        return best;
    }

    private void EncodeLong(ReadOnlySpan<byte> word, List<int> ids)
    {
        if (_symbols.Length < word.Length) _symbols = new Symbol[word.Length];
        Span<Symbol> symbols = _symbols.AsSpan(0, word.Length);
        for (int i = 0; i < word.Length; i++)
            symbols[i] = new Symbol { Id = vocabulary.ByteIds[word[i]], Previous = i - 1, Next = i + 1 };
        for (int i = 0; i < word.Length; i++) Offer(symbols, i);
        while (_queue.TryDequeue(out int position, out long priority))
        {
            ref Symbol symbol = ref symbols[position];
            // Skips a pair whose neighbour was merged after the pair was offered. The new pair was offered as well.
            if (symbol.Merge == MergeTable.None) continue;
            if (MergeTable.RankOf(symbol.Merge) != MergeTable.RankOf(priority)) continue;
            ref Symbol absorbed = ref symbols[symbol.Next];
            symbol.Id = MergeTable.TokenOf(symbol.Merge);
            symbol.Next = absorbed.Next;
            absorbed.Merge = MergeTable.None;
            if (symbol.Next < symbols.Length) symbols[symbol.Next].Previous = position;
            Offer(symbols, position);
            if (symbol.Previous >= 0) Offer(symbols, symbol.Previous);
        }

        for (int i = 0; i < symbols.Length; i = symbols[i].Next) ids.Add(symbols[i].Id);
    }

    private void Offer(Span<Symbol> symbols, int position)
    {
        ref Symbol symbol = ref symbols[position];
        symbol.Merge = symbol.Next < symbols.Length ? merges.Find(symbol.Id, symbols[symbol.Next].Id) : MergeTable.None;
        if (symbol.Merge == MergeTable.None) return;
        _queue.Enqueue(position, (long)MergeTable.RankOf(symbol.Merge) << 32 | (uint)position);
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Symbol
    {
        public int Id;
        public int Previous;
        public int Next;
        public long Merge; // of this symbol and the next one
    }
}
