using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Models;
using PlannedDiffusion.Models.Packing;
using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Cpu.Loading;

/// <summary>One layer in the runner's layout. Vectors are f32 and padded with zeros to whole panels.</summary>
internal sealed unsafe class CpuLayer
{
    public required float* InputNorm { get; init; } // [hidden]
    public required PackedMatrix QueryKeyValue { get; init; } // [query + 2 kv, hidden]
    public required float* QueryKeyValueBias { get; init; } // [query + 2 kv]
    public required PackedMatrix Output { get; init; } // [hidden, query]
    public required float* PostAttentionNorm { get; init; } // [hidden]
    public required PackedMatrix GateUp { get; init; } // panels of gate and up, interleaved, [2 mlp, hidden]
    public required PackedMatrix Down { get; init; } // [hidden, mlp]
}

/// <summary>
/// All weights in the runner's layout: matrices in bf16 or f32, as <see cref="WeightPacking"/> says; vectors in f32.
/// </summary>
internal sealed unsafe class CpuWeights : IDisposable
{
    private readonly List<NativeBuffer> _buffers;

    private CpuWeights(ModelWeights weights, Packer packer)
    {
        _buffers = packer.Buffers;
        var layers = new CpuLayer[weights.Layers.Count];
        for (int i = 0; i < layers.Length; i++) layers[i] = PackLayer(weights.Layers[i], packer);
        Layers = layers;
        FinalNorm = packer.Vector(weights.FinalNorm);
        LmHead = packer.Matrix(StackedRows.Below(weights.LmHead));
        Embedding = IsTied(weights) ? LmHead : packer.Matrix(StackedRows.Below(weights.Embedding));
    }

    public CpuLayer[] Layers { get; }

    public float* FinalNorm { get; }

    public PackedMatrix LmHead { get; } // [vocabulary, hidden]

    public PackedMatrix Embedding { get; } // [vocabulary, hidden]

    /// <summary>Bytes of all weights.</summary>
    public long Bytes => _buffers.Sum(buffer => (long)buffer.Bytes);

    /// <summary>The least bytes that one step reads: everything but the embedding.</summary>
    public long StepBytes { get; private set; }

    public static CpuWeights Pack(
        ModelWeights weights, WeightPacking packing, int threads, IProgress<LoadProgress>? progress)
    {
        WeightRules.CheckData(weights);
        weights.EnsureUnchanged();
        var packer = new Packer(packing, threads, StackedRows.SizeOfMatrices(weights), progress);
        try
        {
            var packed = new CpuWeights(weights, packer);
            weights.EnsureUnchanged();
            packed.StepBytes = packed.Layers.Sum(layer => (long)(layer.QueryKeyValue.Bytes + layer.Output.Bytes
                + layer.GateUp.Bytes + layer.Down.Bytes)) + packed.LmHead.Bytes;
            return packed;
        }
        catch
        {
            packer.Buffers.ForEach(buffer => buffer.Dispose());
            throw;
        }
    }

    public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());

    /// <summary>Bytes of the packed weights.</summary>
    public static long SizeOf(ModelWeights weights, WeightPacking packing)
    {
        long matrices = packing.SizeOf(StackedRows.Below(weights.LmHead))
            + (IsTied(weights) ? 0 : packing.SizeOf(StackedRows.Below(weights.Embedding)));
        foreach (LayerWeights layer in weights.Layers)
        {
            matrices += packing.SizeOf(QueryKeyValue(layer)) + packing.SizeOf(StackedRows.Below(layer.Output))
                + packing.SizeOf(GateUp(layer)) + packing.SizeOf(StackedRows.Below(layer.Down));
        }

        ModelConfig config = weights.Config;
        long vectors = Padding.ToPanel(config.HiddenSize) * (2L * config.LayerCount + 1)
            + (long)Padding.ToPanel(config.QuerySize + 2 * config.KvSize) * config.LayerCount;
        return matrices + vectors * sizeof(float);
    }

    private static bool IsTied(ModelWeights weights) => weights.Embedding.Data == weights.LmHead.Data;

    private static StackedRows QueryKeyValue(LayerWeights layer) =>
        StackedRows.Below(layer.Query, layer.Key, layer.Value);

    private static StackedRows GateUp(LayerWeights layer) =>
        StackedRows.InTurns(layer.Gate, layer.Up, PackedMatrix.PanelRows);

    private static CpuLayer PackLayer(LayerWeights layer, Packer packer) => new()
    {
        InputNorm = packer.Vector(layer.InputNorm),
        QueryKeyValue = packer.Matrix(QueryKeyValue(layer)),
        QueryKeyValueBias = packer.Vector(layer.QueryBias, layer.KeyBias, layer.ValueBias),
        Output = packer.Matrix(StackedRows.Below(layer.Output)),
        PostAttentionNorm = packer.Vector(layer.PostAttentionNorm),
        GateUp = packer.Matrix(GateUp(layer)),
        Down = packer.Matrix(StackedRows.Below(layer.Down)),
    };

    /// <summary>Packs in parallel and reports progress.</summary>
    private sealed class Packer(WeightPacking packing, int threads, long total, IProgress<LoadProgress>? progress)
    {
        private long _done;

        public List<NativeBuffer> Buffers { get; } = [];

        public PackedMatrix Matrix(StackedRows source)
        {
            NativeBuffer buffer = NativeBuffer.AllocateUninitialized(packing.SizeOf(source));
            Buffers.Add(buffer);
            PackedMatrix matrix = new(packing.IsBFloat16(source), source.Rows, source.Columns, buffer.Data);
            ParallelLoop.Run(matrix.Panels, threads, panel => PanelPacking.Pack(source, matrix, panel));
            _done += source.StoredBytes;
            progress?.Report(new LoadProgress(_done, total));
            return matrix;
        }

        public float* Vector(params ReadOnlySpan<WeightTensor> parts)
        {
            int size = 0;
            foreach (WeightTensor part in parts) size += part.Columns;
            NativeBuffer buffer = NativeBuffer.AllocateFloats(Padding.ToPanel(size));
            Buffers.Add(buffer);
            var rest = new Span<float>(buffer.Floats, size);
            foreach (WeightTensor part in parts)
            {
                WeightValues.ReadFloats(part, 0, rest[..part.Columns]);
                rest = rest[part.Columns..];
            }

            return buffer.Floats;
        }
    }
}
