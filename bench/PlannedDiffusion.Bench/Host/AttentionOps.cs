using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Cpu.Simd;

namespace PlannedDiffusion.Bench.Host;

/// <summary>
/// Attention of one shape over the same inputs in three ways. Isolated: a span sees the prefix and itself, by ranges.
/// Dense: all rows see all keys, by ranges. Masked: each span sees the prefix and itself by a mask over all keys, so
/// that every score is computed.
/// </summary>
internal sealed unsafe class AttentionOps : IDisposable
{
    private readonly AttentionCase _shape;
    private readonly RotatedInputs _inputs;
    private readonly CpuKernels _kernels = CpuKernels.For(SimdWidth.Widest);
    private readonly int _threads;
    private readonly nint _keys, _values, _queries, _set; // floats
    private readonly NativeBuffer _scores, _mask, _ends;
    private readonly nint _scoreStride;

    public AttentionOps(AttentionCase shape, RotatedInputs inputs, int threads)
    {
        (_shape, _inputs, _threads) = (shape, inputs, threads);
        _keys = (nint)shape.KvHeads * shape.PaddedKeys * shape.HeadSize;
        _values = (nint)shape.KvHeads * shape.PaddedKeys * shape.HeadStride;
        _queries = (nint)shape.Heads * shape.Rows * shape.HeadStride;
        _set = _keys + _values + (2 * _queries);
        Sets = inputs.Sets(_set);
        _scoreStride = shape.PaddedKeys + (3 * AttentionTile.KeyTile);
        _scores = NativeBuffer.AllocateFloats(threads * _kernels.TileRows * _scoreStride);
        _ends = NativeBuffer.AllocateFloats((nint)threads * Padding.ToVector(_kernels.TileRows));
        _mask = NativeBuffer.AllocateFloats((nint)shape.Rows * shape.PaddedKeys);
        for (int row = 0; row < shape.Rows; row++)
        {
            int start = shape.Prefix + (row / shape.Length * shape.Length), end = start + shape.Length;
            for (int key = 0; key < shape.PaddedKeys; key++)
            {
                bool sees = key < shape.Prefix || (key >= start && key < end);
                _mask.Floats[((nint)row * shape.PaddedKeys) + key] = sees ? 0 : float.NegativeInfinity;
            }
        }
    }

    public int Sets { get; }

    /// <summary>Attention by ranges: a group of rows for each span, or one group for all.</summary>
    public TimedOp Ranges(bool isolated) => new(
        _shape.Flops(_shape.VisibleKeys(isolated)),
        _shape.Bytes,
        Sets,
        (thread, set) => RunRanges(isolated, thread, set));

    /// <summary>Attention by a mask over all keys.</summary>
    public TimedOp Masked() => new(
        _shape.Flops(_shape.Keys),
        _shape.Bytes + ((double)sizeof(float) * _shape.Rows * _shape.Keys),
        Sets,
        SimdSupport.Widest switch
        {
            SimdWidth.Bits512 => RunMasked<Cpu.Simd.Simd512, System.Runtime.Intrinsics.Vector512<float>>,
            SimdWidth.Bits256 => RunMasked<Cpu.Simd.Simd256, System.Runtime.Intrinsics.Vector256<float>>,
            _ => RunMasked<Cpu.Simd.Simd128, System.Runtime.Intrinsics.Vector128<float>>,
        });

    /// <summary>The outputs of a set: [key/value heads, rows, heads of the group, head stride].</summary>
    public ReadOnlySpan<float> Outputs(int set) => new(Start(set) + _keys + _values + _queries, (int)_queries);

    public void Dispose()
    {
        _scores.Dispose();
        _ends.Dispose();
        _mask.Dispose();
    }

    private int TileRows => _kernels.TileRows;

    private float* Start(int set) => _inputs.Set(set, _set);

    private void RunRanges(bool isolated, int thread, int set)
    {
        int groups = isolated ? _shape.Spans : 1, rows = isolated ? _shape.Length : _shape.Rows, item = 0;
        int stacked = rows * _shape.HeadsPerKvHead, tiles = (stacked + TileRows - 1) / TileRows;
        for (int group = 0; group < groups; group++)
        {
            for (int kvHead = 0; kvHead < _shape.KvHeads; kvHead++)
            {
                for (int tile = 0; tile < tiles; tile++)
                {
                    if (item++ % _threads != thread) continue;
                    int from = (int)((long)stacked * tile / tiles), to = (int)((long)stacked * (tile + 1) / tiles);
                    int start = _shape.Prefix + (group * rows);
                    RangeTile(kvHead, (group * stacked) + from, to - from, start, start + rows, thread, set);
                }
            }
        }
    }

    private void RangeTile(int kvHead, int first, int count, int blockStart, int blockEnd, int thread, int set)
    {
        float* inputs = Start(set);
        int* ends = (int*)_ends.Data + (thread * Padding.ToVector(TileRows));
        new Span<int>(ends, count).Fill(blockEnd);
        nint query = ((nint)kvHead * _shape.Rows * _shape.HeadsPerKvHead + first) * _shape.HeadStride;
        AttentionTile tile = new()
        {
            Rows = count,
            HeadSize = _shape.HeadSize,
            HeadStride = _shape.HeadStride,
            Queries = inputs + _keys + _values + query,
            KeyPanels = inputs + ((nint)kvHead * _shape.PaddedKeys * _shape.HeadSize),
            Values = inputs + _keys + ((nint)kvHead * _shape.PaddedKeys * _shape.HeadStride),
            PrefixEnd = _shape.Prefix,
            BlockStart = blockStart,
            BlockEnds = ends,
            Scores = _scores.Floats + (thread * TileRows * _scoreStride),
            ScoreStride = _scoreStride,
            Output = inputs + _keys + _values + _queries + query,
        };
        _kernels.Attend(tile);
    }

    /// <summary>A tile has rows of one head only, because these have a constant stride in the mask.</summary>
    private void RunMasked<TSimd, TVector>(int thread, int set)
        where TSimd : struct, Cpu.Simd.ISimd<TVector>
        where TVector : struct
    {
        float* inputs = Start(set);
        int perKv = _shape.HeadsPerKvHead, tiles = (_shape.Rows + TileRows - 1) / TileRows;
        for (int item = thread; item < _shape.Heads * tiles; item += _threads)
        {
            int kvHead = item / (tiles * perKv), head = item / tiles % perKv, tile = item % tiles;
            int from = _shape.Rows * tile / tiles, to = _shape.Rows * (tile + 1) / tiles;
            nint query = (((nint)kvHead * _shape.Rows + from) * perKv + head) * _shape.HeadStride;
            MaskedAttention<TSimd, TVector>.Run(new MaskedTile
            {
                Rows = to - from,
                Keys = _shape.Keys,
                HeadSize = _shape.HeadSize,
                HeadStride = _shape.HeadStride,
                Queries = inputs + _keys + _values + query,
                Output = inputs + _keys + _values + _queries + query,
                RowStride = (nint)perKv * _shape.HeadStride,
                KeyPanels = inputs + ((nint)kvHead * _shape.PaddedKeys * _shape.HeadSize),
                Values = inputs + _keys + ((nint)kvHead * _shape.PaddedKeys * _shape.HeadStride),
                Mask = _mask.Floats + ((nint)from * _shape.PaddedKeys),
                MaskStride = _shape.PaddedKeys,
                Scores = _scores.Floats + (thread * TileRows * _scoreStride),
                ScoreStride = _scoreStride,
            });
        }
    }
}
