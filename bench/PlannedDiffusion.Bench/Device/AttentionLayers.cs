using PlannedDiffusion.Cuda.Kernels;
using PlannedDiffusion.Cuda.Kernels.Choose;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Steps;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Bench.Device;

/// <summary>The attention of a step in several layers. Each layer has its own queries, keys and values.</summary>
internal sealed class AttentionLayers
{
    private readonly DeviceBench _bench;
    private readonly AttentionDecodeKernel? _decode;
    private readonly AttentionSpansKernel? _spans;
    private readonly AttentionCombineKernel _combine;
    private readonly AttentionParameters[] _layers;
    private readonly int _rows, _blocks;

    public AttentionLayers(DeviceBench bench, ModelConfig config, StepRow[] step)
    {
        _bench = bench;
        _rows = step.Length;
        var shape = new AttentionShape(config.HeadCount, config.KvHeadCount, config.HeadSize);
        bool spans = _rows > StepBucket.MostDecodeRows
            && AttentionSpansKernel.Supports(shape, true, bench.Device.MaxSharedBytesPerBlock);
        if (spans) _spans = new AttentionSpansKernel(bench.Library, bench.Options, shape);
        else _decode = new AttentionDecodeKernel(bench.Library, bench.Options, shape);
        _combine = new AttentionCombineKernel(bench.Library, bench.Options, shape);

        int itemRows = spans ? AttentionSpansKernel.ItemRows(shape) : AttentionDecodeKernel.ItemRows;
        int targetBlocks = AttentionTiling.BlocksPerMultiprocessor * bench.Device.Multiprocessors;
        var tiling = new AttentionTiling(_rows, itemRows, targetBlocks, shape.KvHeads);
        var items = new AttentionItem[tiling.Items];
        int used = tiling.Tile(step, items);
        _blocks = tiling.Blocks;
        Description = $"{(spans ? "attention_spans" : "attention_decode")}, {used} items, " +
            $"{items[..used].Max(item => item.Splits)} splits";

        int positions = step.Max(row => row.BlockEnd);
        long kvElements = (long)shape.KvHeads * positions * shape.HeadWidth;
        long queryElements = (long)_rows * shape.Heads * shape.HeadWidth;
        Bytes = sizeof(ushort) * 2.0 * (kvElements + queryElements);
        Flops = 4.0 * shape.Heads * shape.HeadSize
            * step.Sum(row => (double)row.PrefixEnd + row.BlockEnd - row.BlockStart);
        var shared = new AttentionParameters
        {
            Output = bench.Allocate(_rows * PaddedWidth.Of(config.QuerySize) * sizeof(ushort), "attention output"),
            Header = bench.Upload<StepHeader>([new() { Rows = _rows, AttentionItems = used }], "header"),
            Rows = bench.Upload<StepRow>(step, "rows"),
            Items = bench.Upload<AttentionItem>(items.AsSpan(0, used), "items"),
            PartialValues = bench.Allocate(Math.Max(1, tiling.PartialValueBytes(shape)), "split attention"),
            PartialStats = bench.Allocate(Math.Max(1, tiling.PartialStatBytes(shape)), "split attention"),
            KvHeads = shape.KvHeads,
            PoolPositions = positions,
            OutputStride = PaddedWidth.Of(config.QuerySize),
            ItemRows = itemRows,
            ScoreScale = shape.ScoreScale,
        };
        _layers = new AttentionParameters[bench.Copies((long)Bytes)];
        for (int i = 0; i < _layers.Length; i++)
        {
            _layers[i] = shared with
            {
                Query = bench.Random(queryElements, "queries"),
                Keys = bench.Random(kvElements, "keys"),
                Values = bench.Random(kvElements, "values"),
            };
        }
    }

    public int Copies => _layers.Length;

    /// <summary>Bytes of queries and outputs of all rows, and of keys and values once.</summary>
    public double Bytes { get; }

    /// <summary>Operations for the visible pairs of row and key.</summary>
    public double Flops { get; }

    public string Description { get; }

    /// <summary>Launches the kernels as a step does: blocks for the largest step, then the sum of the splits.</summary>
    public void Launch(int layer)
    {
        ref readonly AttentionParameters parameters = ref _layers[layer];
        _spans?.Launch(_bench.Stream, parameters, _blocks);
        _decode?.Launch(_bench.Stream, parameters, _blocks);
        _combine.Launch(_bench.Stream, AttentionCombineParameters.After(parameters), _rows);
    }
}
