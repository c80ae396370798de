using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Cpu.Ops;

public sealed unsafe class AttentionTests
{
    /// <summary>Prefix, block and causality: empty ranges, tile borders, both ranges in one tile, long gaps.</summary>
    public static TheoryData<int, int, int, bool> Ranges => new()
    {
        { 0, 0, 1, true },
        { 0, 0, 40, true },
        { 1, 1, 2, false },
        { 15, 15, 17, false },
        { 16, 16, 33, true },
        { 17, 20, 30, false },
        { 5, 60, 80, false },
        { 33, 200, 257, true },
        { 64, 64, 64, false },
        { 100, 101, 102, false },
        { 0, 18, 50, false },
        { 250, 251, 257, true },
    };

    [Theory]
    [MemberData(nameof(Ranges))]
    public void RowsSeeTheirTwoRangesAndNothingElse(int prefixEnd, int blockStart, int blockEnd, bool causal)
    {
        AttentionRange visibility = new(prefixEnd, new TokenRange(blockStart, blockEnd), causal);
        foreach (int headSize in (int[])[2, 16, 20, 64, 128])
        {
            int[] positions = [.. Enumerable.Range(0, 6).Select(i => Math.Max(blockStart, blockEnd - 1 - 3 * i))];
            if (blockStart == blockEnd) positions = [.. positions.Select(_ => blockStart)];
            using var scene = new Scene(headSize, keys: 257, visibility, seed: headSize);
            float[]? first = null;
            foreach (CpuKernels kernels in CpuRunners.Kernels)
            {
                int rows = Math.Min(kernels.TileRows, positions.Length);
                float[] together = [.. positions.Chunk(rows).SelectMany(part => scene.Attend(kernels, part))];
                float[] alone = [.. positions.SelectMany(position => scene.Attend(kernels, [position]))];
                first ??= together;
                Assert.Equal(first, together);
                Assert.Equal(first, alone);
            }

            for (int i = 0; i < positions.Length; i++)
                scene.AssertClose(positions[i], first.AsSpan(i * headSize, headSize));
        }
    }

    [Theory]
    [InlineData(40, 7)]
    [InlineData(40, 16)]
    [InlineData(40, 39)]
    [InlineData(257, 100)]
    public void TheSplitOfVisibleKeysIntoRangesDoesNotMatter(int keys, int cut)
    {
        using var whole = new Scene(32, 257, AttentionRange.CausalFrom(0, keys), seed: 1);
        using var parts = new Scene(32, 257, AttentionRange.CausalFrom(cut, keys), seed: 1);
        foreach (CpuKernels kernels in CpuRunners.Kernels)
            Assert.Equal(whole.Attend(kernels, [keys - 1]), parts.Attend(kernels, [keys - 1]));
    }

    /// <summary>Keys and values of one head at guard pages. Keys that must not be seen are NaN.</summary>
    private sealed class Scene : IDisposable
    {
        private readonly int _headSize, _headStride;
        private readonly AttentionRange _visibility;
        private readonly float[][] _keys, _values;
        private readonly GuardedMemory<float> _panels, _rows;

        public Scene(int headSize, int keys, AttentionRange visibility, int seed)
        {
            var random = new Random(seed);
            _headSize = headSize;
            _headStride = Padding.ToVector(headSize);
            _visibility = visibility;
            _keys = [.. Enumerable.Range(0, keys).Select(_ => Row(random))];
            _values = [.. Enumerable.Range(0, keys).Select(_ => Row(random))];
            int capacity = Padding.ToVector(keys);
            _panels = new GuardedMemory<float>(capacity * headSize);
            _rows = new GuardedMemory<float>(capacity * _headStride);
            _panels.Span.Fill(float.NaN);
            _rows.Span.Fill(float.NaN);
            for (int key = 0; key < keys; key++)
            {
                if (!visibility.Sees(int.MaxValue - 1, key)) continue;
                for (int i = 0; i < headSize; i++)
                    _panels.Span[key / 16 * headSize * 16 + i * 16 + key % 16] = _keys[key][i];
                _rows.Span.Slice(key * _headStride, _headStride).Clear();
                _values[key].CopyTo(_rows.Span[(key * _headStride)..]);
            }
        }

        public float[] Attend(CpuKernels kernels, int[] positions)
        {
            using var queries = new GuardedMemory<float>(positions.Length * _headStride);
            using var output = new GuardedMemory<float>(positions.Length * _headStride);
            using var ends = new GuardedMemory<int>(positions.Length);
            int scoreStride = Padding.ToVector(_keys.Length) + 48;
            using var scores = new GuardedMemory<float>(positions.Length * scoreStride);
            for (int i = 0; i < positions.Length; i++)
            {
                Query(positions[i]).CopyTo(queries.Span[(i * _headStride)..]);
                ends.Span[i] = _visibility.BlockEndFor(positions[i]);
            }

            kernels.Attend(new AttentionTile
            {
                Rows = positions.Length,
                HeadSize = _headSize,
                HeadStride = _headStride,
                Queries = queries.Start,
                KeyPanels = _panels.Start,
                Values = _rows.Start,
                PrefixEnd = _visibility.PrefixEnd,
                BlockStart = _visibility.Block.Start,
                BlockEnds = ends.Start,
                Scores = scores.Start,
                ScoreStride = scoreStride,
                Output = output.Start,
            });
            return [.. output.Span.ToArray().Chunk(_headStride).SelectMany(row => row[.._headSize])];
        }

        public void AssertClose(int position, ReadOnlySpan<float> actual)
        {
            ReferenceSum[] expected = ReferenceOps.Attend(Query(position), _keys, _values, _visibility, position);
            for (int i = 0; i < expected.Length; i++)
            {
                double bound = Tolerances.Attention * expected[i].Magnitude;
                Assert.InRange(Math.Abs(actual[i] - expected[i].Value), 0, bound);
            }
        }

        public void Dispose()
        {
            _panels.Dispose();
            _rows.Dispose();
        }

        private float[] Query(int position) => Row(new Random(position));

        private float[] Row(Random random) =>
            [.. Enumerable.Range(0, _headSize).Select(_ => 2 * random.NextSingle() - 1)];
    }
}
