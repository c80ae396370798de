using System.Collections.Concurrent;

namespace PlannedDiffusion.Tokenization;

/// <summary>
/// The ids of short words that were encoded before. Most words of a text are among a few thousand. The size is bounded,
/// because texts are untrusted; a full cache takes no more words. Safe for concurrent use.
/// </summary>
internal sealed class WordCache
{
    /// <summary>The characters of the longest word that is kept.</summary>
    public const int LongestWord = 16;

    /// <summary>The most words that are kept.</summary>
    public const int MostWords = 10_000;

    private readonly ConcurrentDictionary<string, int[]> _ids = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _byText;
    private int _room = MostWords;

    public WordCache() => _byText = _ids.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The words in the cache.</summary>
    public int Count => _ids.Count;

    /// <summary>The ids of a word; null if it is not in the cache.</summary>
    public int[]? Find(ReadOnlySpan<char> word) =>
        word.Length <= LongestWord && _byText.TryGetValue(word, out int[]? ids) ? ids : null;

    /// <summary>Keeps a word, if it is short and there is room.</summary>
    public void Add(ReadOnlySpan<char> word, ReadOnlySpan<int> ids)
    {
        if (word.Length > LongestWord || Volatile.Read(ref _room) <= 0) return;
        if (Interlocked.Decrement(ref _room) < 0 || !_byText.TryAdd(word, ids.ToArray()))
            Interlocked.Increment(ref _room);
    }
}
