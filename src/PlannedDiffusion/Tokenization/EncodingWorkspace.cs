using System.Runtime.InteropServices;
using System.Text;

namespace PlannedDiffusion.Tokenization;

/// <summary>The working memory of one call of <see cref="Tokenizer"/>. The next call reuses it.</summary>
internal sealed class EncodingWorkspace(Vocabulary vocabulary, MergeTable merges, WordCache cache)
{
    // More is not kept, so that the memory of one enormous text is released.
    private const int LargestKept = 1 << 22;
    private const int LongestWordKept = 1 << 18;

    private readonly BytePairEncoder _encoder = new(vocabulary, merges);
    private byte[] _bytes = [];

    public NfcNormalizer Normalizer { get; } = new();

    public List<int> Ids { get; } = [];

    public bool IsWorthKeeping =>
        _bytes.Length <= LargestKept && Ids.Capacity <= LargestKept
        && _encoder.Capacity <= LongestWordKept && Normalizer.Capacity <= LargestKept;

    /// <summary>Encodes normalised text without added tokens, word by word.</summary>
    public void EncodeWords(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            ReadOnlySpan<char> word = text[..PreTokenizer.FirstWord(text)];
            if (cache.Find(word) is { } known) Ids.AddRange(known);
            else Encode(word);
            text = text[word.Length..];
        }
    }

    private void Encode(ReadOnlySpan<char> word)
    {
        // A lone surrogate becomes the bytes of U+FFFD.
        int most = Encoding.UTF8.GetMaxByteCount(word.Length);
        if (_bytes.Length < most) _bytes = new byte[Math.Max(256, most)];
        int count = Encoding.UTF8.GetBytes(word, _bytes), start = Ids.Count;
        _encoder.Encode(_bytes.AsSpan(0, count), Ids);
        cache.Add(word, CollectionsMarshal.AsSpan(Ids)[start..]);
    }
}
