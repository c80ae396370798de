using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>Block-wise diffusion against an oracle in double precision without a cache.</summary>
public sealed class FastDllmTests
{
    private const int Prompt = 7;

    [Theory]
    [InlineData(BlockCache.Prefix, 8, 24, 0.3f)]
    [InlineData(BlockCache.Dual, 8, 24, 0.3f)]
    [InlineData(BlockCache.Prefix, 5, 13, 0.2f)] // a last block of three
    [InlineData(BlockCache.Dual, 5, 13, 0.2f)]
    [InlineData(BlockCache.Dual, 1, 4, 0.9f)] // blocks of one token: one pass each
    [InlineData(BlockCache.Prefix, 64, 11, 0f)] // one block, and all at once
    [InlineData(BlockCache.Dual, 6, 12, 1f)] // one token per step
    public void TokensAndStepsAreThoseOfTheOracle(BlockCache cache, int block, int answer, float threshold)
    {
        for (int seed = 1; seed <= 4; seed++)
        {
            // Without temperature and filters both are the model's own probability.
            UnmaskPolicy policy =
                seed % 2 == 0 ? new CertainUnmasking(threshold) : new ThresholdUnmasking(threshold);
            using ModelWeights weights = TinyModels.InMemory(TinyModels.Config(vocabulary: 61), seed: seed);
            var reference = ReferenceWeights.From(weights);
            int[] prompt = [.. Enumerable.Range(0, Prompt).Select(i => (i * 11 + seed) % 60)];
            var decoder = new FastDllmDecoder
            {
                Length = Prompt + answer,
                BlockLength = block,
                Policy = policy,
                Cache = cache,
            };
            using var runner = new ReferenceModelRunner(reference);
            using var sequence = new Sequence(runner, decoder.Length, prompt);
            DecodingRecording actual = DecodingRecording.Run(runner, sequence, decoder);
            (int[] tokens, List<int> rows) = Oracle(reference, prompt, decoder, threshold);
            Assert.Equal(tokens, sequence.Tokens.ToArray());
            Assert.Equal(rows, actual.Sequence.Record.Passes.Select(pass => pass.Rows));
        }
    }

    [Fact]
    public void CachesSaveRowsAndChangeTheAnswerOnlyBetweenBlocks()
    {
        using ModelWeights weights = TinyModels.InMemory(TinyModels.Config(vocabulary: 61));
        var reference = ReferenceWeights.From(weights);
        int[] prompt = [.. Enumerable.Range(0, Prompt)];
        var decoder = new FastDllmDecoder { Length = Prompt + 24, BlockLength = 8, Cache = BlockCache.Dual };
        int dual = Oracle(reference, prompt, decoder, threshold: 1).Rows.Sum();
        int prefix = Oracle(reference, prompt, decoder with { Cache = BlockCache.Prefix }, threshold: 1).Rows.Sum();
        Assert.Equal(3 * (31 + (7 * 8)), dual);
        Assert.Equal((3 * 31) + (7 * (24 + 16 + 8)), prefix);
    }

    /// <summary>
    /// The published schedule in plain loops. Every step starts from tokens only: kept keys and values are computed
    /// again from the tokens at the start of the block.
    /// </summary>
    private static (int[] Tokens, List<int> Rows) Oracle(
        ReferenceWeights weights, int[] prompt, FastDllmDecoder decoder, float threshold)
    {
        int mask = weights.Config.MaskTokenId!.Value;
        int[] tokens = [.. prompt, .. Enumerable.Repeat(mask, decoder.Length - prompt.Length)];
        var rows = new List<int>();
        for (int start = prompt.Length; start < tokens.Length; start += decoder.BlockLength)
        {
            int end = Math.Min(start + decoder.BlockLength, tokens.Length);
            int[] atBlockStart = [.. tokens];
            (tokens[start], _) = Best(Logits(weights, atBlockStart, tokens, 0, 0)[start - 1], mask);
            rows.Add(tokens.Length);
            int computedEnd = decoder.Cache == BlockCache.Dual ? end : tokens.Length;
            while (tokens.AsSpan(start, end - start).Contains(mask))
            {
                double[][] logits = Logits(weights, atBlockStart, tokens, start, computedEnd);
                rows.Add(computedEnd - start);
                (int Position, int Token, double Probability)[] candidates = [.. Enumerable.Range(start, end - start)
                    .Where(p => tokens[p] == mask).Select(p => (p, Best(logits[p - 1], mask)))
                    .Select(c => (c.p, c.Item2.Token, c.Item2.Probability))
                    .OrderByDescending(c => c.Item3).ThenBy(c => c.p)];
                foreach ((int position, int token, double probability) in candidates)
                {
                    if (position != candidates[0].Position && probability < threshold) continue;
                    tokens[position] = token;
                }
            }
        }

        return (tokens, rows);
    }

    /// <summary>Logits of the first pass, and of rows [start, end) after it: [position][vocabulary].</summary>
    private static double[][] Logits(ReferenceWeights weights, int[] before, int[] now, int start, int end)
    {
        ModelConfig config = weights.Config;
        var network = new ReferenceNetwork(weights);
        ReferenceCache[] caches = [.. Enumerable.Range(0, config.LayerCount).Select(_ => new ReferenceCache(
            new double[before.Length * config.KvSize], new double[before.Length * config.KvSize]))];
        AttentionRange visibility = AttentionRange.Bidirectional(0, new TokenRange(0, before.Length));
        var logits = new double[before.Length][];
        void Run(int[] tokens, int first, int last)
        {
            ReferenceRow[] rows = [.. Enumerable.Range(first, last - first).Select(position =>
                new ReferenceRow(position, visibility, caches, network.Embed(tokens[position])))];
            network.Run(rows);
            foreach (ReferenceRow row in rows) logits[row.Position] = network.Logits(row);
        }

        Run(before, 0, before.Length);
        if (end > start) Run(now, start, end);
        return logits;
    }

    private static (int Token, double Probability) Best(double[] logits, int mask)
    {
        double[] probabilities = ReferenceSampler.Softmax(logits);
        int best = Enumerable.Range(0, logits.Length).Where(token => token != mask).MaxBy(token => logits[token]);
        return (best, probabilities[best]);
    }
}
