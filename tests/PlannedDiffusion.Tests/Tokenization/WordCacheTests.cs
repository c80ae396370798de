using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Tests.Tokenization;

/// <summary>A cache changes no id, keeps a bounded number of words, and serves all threads.</summary>
public sealed class WordCacheTests
{
    [Fact]
    public void AWordIsFoundByItsText()
    {
        var cache = new WordCache();
        Assert.Null(cache.Find("word"));
        cache.Add("word", [1, 2]);
        cache.Add("word", [3]); // the first is kept
        Assert.Equal([1, 2], cache.Find("a word".AsSpan(2))!);
        Assert.Null(cache.Find("words"));
    }

    [Fact]
    public void LongWordsAreNotKept()
    {
        var cache = new WordCache();
        string longest = new('x', WordCache.LongestWord);
        cache.Add(longest, [1]);
        cache.Add(longest + "x", [2]);
        Assert.Equal([1], cache.Find(longest)!);
        Assert.Null(cache.Find(longest + "x"));
    }

    [Fact]
    public void TheCacheIsBoundedWithManyThreads()
    {
        var cache = new WordCache();
        Parallel.For(0, 8, thread =>
        {
            for (int i = 0; i < 2 * WordCache.MostWords; i++)
            {
                string word = $"{(i * 7919 + thread) % (3 * WordCache.MostWords)}";
                cache.Add(word, [i]);
                cache.Find(word);
            }
        });
        Assert.Equal(WordCache.MostWords, cache.Count);
        cache.Add("one more", [1]);
        Assert.Null(cache.Find("one more"));
    }

    /// <summary>A tokenizer with cached words gives the same ids as a new one.</summary>
    [Fact]
    public void CachedWordsGiveTheSameIds()
    {
        var warm = Tokenizer.Load(TokenizerFiles.Directory);
        string[] texts = [.. Enumerable.Range(0, 40).Select(i => TextGenerator.Text(Enumerable.Range(i * 7, 2000)))];
        foreach (string text in texts) warm.Encode(text);
        foreach (string text in texts)
            Assert.Equal(Tokenizer.Load(TokenizerFiles.Directory).Encode(text), warm.Encode(text));
    }
}
