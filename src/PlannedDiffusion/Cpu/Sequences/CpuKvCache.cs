using System.Runtime.CompilerServices;
using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cpu.Sequences;

/// <summary>
/// Keys and values of one sequence in f32, per layer and key/value head. Keys are rotated, in panels
/// [positions/16][head size][16] that queries multiply like weights. Values are row-major [positions, head stride]. At
/// first all are zeros that take no memory. For the next sequence only written positions are zeroed again.
/// </summary>
internal sealed unsafe class CpuKvCache : IDisposable
{
    private const int KeyTile = AttentionTile.KeyTile;
    private readonly int _layers, _kvHeads, _headSize, _headStride;
    private readonly nint _keyBytesPerHead, _valueBytesPerHead;
    private readonly NativeBuffer _keys, _values;
    private int _written; // positions from here on are zeros

    public CpuKvCache(ModelConfig config, int capacity)
    {
        Capacity = Padding.ToVector(capacity);
        _layers = config.LayerCount;
        _kvHeads = config.KvHeadCount;
        _headSize = config.HeadSize;
        _headStride = Padding.ToVector(_headSize);
        _keyBytesPerHead = checked((nint)Capacity * _headSize * sizeof(float));
        _valueBytesPerHead = checked((nint)Capacity * _headStride * sizeof(float));
        _keys = NativeBuffer.Allocate(checked(_layers * _kvHeads * _keyBytesPerHead));
        try
        {
            _values = NativeBuffer.Allocate(checked(_layers * _kvHeads * _valueBytesPerHead));
        }
        catch
        {
            _keys.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of keys and values.</summary>
    public static long SizeOf(ModelConfig config, int capacity) => (long)config.LayerCount * config.KvHeadCount
        * Padding.ToVector(capacity) * sizeof(float) * (config.HeadSize + Padding.ToVector(config.HeadSize));

    /// <summary>Bytes that are not yet written and take no memory.</summary>
    public long UnwrittenBytes => (_keys.Bytes + _values.Bytes) / Capacity * (Capacity - _written);

    /// <summary>The number of positions with memory.</summary>
    public int Capacity { get; }

    public float* KeyPanels(int layer, int kvHead) =>
        (float*)(_keys.Data + (layer * _kvHeads + kvHead) * _keyBytesPerHead);

    public float* Values(int layer, int kvHead) =>
        (float*)(_values.Data + (layer * _kvHeads + kvHead) * _valueBytesPerHead);

    /// <summary>Announces, before a step, that it will write these positions.</summary>
    public void WillWrite(TokenRange positions) => _written = Math.Max(_written, positions.End);

    /// <summary>Stores one head of one position.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Store(int layer, int kvHead, int position, float* key, float* value)
    {
        nint panel = (nint)(position / KeyTile) * _headSize * KeyTile;
        float* column = KeyPanels(layer, kvHead) + panel + position % KeyTile;
        for (int i = 0; i < _headSize; i++) column[i * KeyTile] = key[i];
        new ReadOnlySpan<float>(value, _headSize)
            .CopyTo(new Span<float>(Values(layer, kvHead) + (nint)position * _headStride, _headSize));
    }

    /// <summary>Sets positions to zero in all layers.</summary>
    public void Clear(TokenRange positions)
    {
        int end = Math.Min(positions.End, _written);
        for (int head = 0; head < _layers * _kvHeads; head++)
        {
            for (int position = positions.Start; position < end; position++) ClearOne(head, position);
        }
    }

    public void ClearAll()
    {
        Clear(new TokenRange(0, _written));
        _written = 0;
    }

    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }

    private void ClearOne(int head, int position)
    {
        nint panel = (nint)(position / KeyTile) * _headSize * KeyTile;
        float* column = KeyPanels(0, head) + panel + position % KeyTile;
        for (int i = 0; i < _headSize; i++) column[i * KeyTile] = 0;
        new Span<float>(Values(0, head) + (nint)position * _headStride, _headStride).Clear();
    }
}
