using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Kernels;
using PlannedDiffusion.Cuda.Loading;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Cuda.Sequences;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cuda.Steps;

/// <summary>
/// Brings a planned step to the device: its tables through a pinned ring to fixed addresses, then one launch of the
/// graph of its buckets. All is chosen, compiled and sized here, when the model is loaded.
/// </summary>
internal sealed class StepQueue : IDisposable
{
    /// <summary>Steps that the host may be ahead.</summary>
    private const int Slots = 8;

    private readonly CudaResources _owned = new();
    private readonly CudaDevice _device;
    private readonly CudaStream _stream;
    private readonly ModelConfig _config;
    private readonly ModelWidths _widths;
    private readonly CudaWeights _weights;
    private readonly StepKernels _kernels;
    private readonly RowBuckets _rowSizes, _logitsSizes;
    private readonly StepBucket[] _buckets;
    private readonly MatrixProduct?[] _heads; // by logits bucket; null for no logits
    private readonly StepBuffers _buffers;
    private readonly PinnedRing _ring;
    private readonly CudaGraph?[] _graphs; // [row buckets, logits buckets]
    private readonly bool _useGraphs;
    private readonly int _targetBlocks;
    private CudaForwardPass? _pass;

    public StepQueue(
        CudaDevice device, CudaStream stream, ModelConfig config, CudaRunnerOptions options, CudaWeights weights)
    {
        _device = device;
        _stream = stream;
        _config = config;
        _weights = weights;
        _useGraphs = options.UseGraphs;
        _widths = new ModelWidths(config);
        _targetBlocks = device.Multiprocessors * AttentionTiling.BlocksPerMultiprocessor;
        try
        {
            var folders = new KernelCompilerOptions { CacheFolder = options.KernelCacheFolder };
            var compiler = new KernelCompiler(device.Libraries, folders);
            KernelLibrary library = _owned.Add(new KernelLibrary(device, compiler));
            _kernels = new StepKernels(library, config, options.Precision);
            var products = new MatrixProducts(library, _kernels.Options.BFloat16, CuBlasFor(options), options.Products);
            _rowSizes = new RowBuckets(options.Limits.MaxRowsPerStep, withNone: false);
            _logitsSizes = new RowBuckets(options.Limits.MaxRowsPerStep, withNone: true);
            _buckets = [.. Enumerable.Range(0, _rowSizes.Count).Select(i =>
                new StepBucket(_rowSizes.Size(i), _kernels, products, _widths, _targetBlocks))];
            _heads = [.. Enumerable.Range(0, _logitsSizes.Count).Select(i => Head(products, _logitsSizes.Size(i)))];
            Compilation = library.Report;
            _graphs = new CudaGraph?[_buckets.Length * _heads.Length];
            _buffers = _owned.Add(new StepBuffers(
                device, stream, options, config, _widths, _buckets, [.. _heads.OfType<MatrixProduct>()],
                _kernels.Attention, AttentionTiling.MaxSplitItems(_targetBlocks, config.KvHeadCount)));
            RotaryUpload.Run(
                device, stream, _buffers.Rotary, options.Limits.MaxPositions, config.HeadSize, config.RopeTheta);
            _ring = _owned.Add(new PinnedRing(
                device, Slots, _buckets.Max(bucket => bucket.Tables.Bytes), "tables of steps"));
        }
        catch
        {
            _owned.Dispose();
            throw;
        }
    }

    /// <summary>Where the kernels came from.</summary>
    public CompilationReport Compilation { get; }

    /// <summary>Says where tokens, keys and values stand; once, before the first step.</summary>
    public void Bind(CudaKvPool pool) =>
        _pass = new CudaForwardPass(_config, _widths, _kernels, _buffers, _weights, pool, _stream);

    public ulong LogitsAt(int row) => _buffers.Logits + (ulong)row * (ulong)_widths.Vocabulary * sizeof(float);

    /// <summary>Queues a step; waits only where the host is ahead by all slots.</summary>
    public void Run(CudaStepPlan plan)
    {
        int rows = _rowSizes.IndexOf(Math.Max(
            plan.RowCount, Math.Max((plan.CandidateCount + 1) / 2, plan.GroupCount - 1)));
        int logits = _logitsSizes.IndexOf(plan.LogitsRowCount);
        StepBucket bucket = _buckets[rows];
        Write(plan, bucket);
        _ring.Send(_stream, _buffers.Tables, bucket.Tables.Bytes);
        if (!_useGraphs)
        {
            _pass!.Enqueue(bucket, _heads[logits]);
            return;
        }

        ref CudaGraph? graph = ref _graphs[rows * _heads.Length + logits];
        graph ??= Capture(bucket, _heads[logits]);
        _stream.Launch(graph);
    }

    public void Dispose()
    {
        foreach (CudaGraph? graph in _graphs) graph?.Dispose();
        _owned.Dispose();
    }

    private CuBlas? CuBlasFor(CudaRunnerOptions options)
    {
        bool wanted = options.Products == ProductChoice.CuBlas
            || (options.Products == ProductChoice.Automatic && options.Precision == CudaPrecision.BF16);
        CuBlas? cuBlas = wanted ? CuBlas.TryLoad(_device, _stream) : null;
        return cuBlas is null ? null : _owned.Add(cuBlas);
    }

    private MatrixProduct? Head(MatrixProducts products, int rows) => rows == 0
        ? null
        : products.For(new ProductShape(_widths.Vocabulary, _widths.Hidden, ProductResult.Whole), rows);

    private CudaGraph Capture(StepBucket bucket, MatrixProduct? head) =>
        _stream.Capture(() => _pass!.Enqueue(bucket, head));

    /// <summary>Cuts the attention and writes all tables into the next slot.</summary>
    private unsafe void Write(CudaStepPlan plan, StepBucket bucket)
    {
        StepTableLayout layout = bucket.Tables;
        var slot = new Span<byte>((void*)_ring.Take(), layout.Bytes);
        Span<AttentionItem> items = MemoryMarshal.Cast<byte, AttentionItem>(slot[layout.ItemOffset..])[..layout.Items];
        int itemCount = AttentionTiling.Tile(
            plan.Rows, items, bucket.ItemRows, _targetBlocks, _config.KvHeadCount);
        MemoryMarshal.Write(slot, new StepHeader
        {
            Rows = plan.RowCount,
            LogitsRows = plan.LogitsRowCount,
            Candidates = plan.CandidateCount,
            Groups = plan.GroupCount,
            AttentionItems = itemCount,
        });
        MemoryMarshal.AsBytes(plan.Rows).CopyTo(slot[layout.RowOffset..]);
        MemoryMarshal.AsBytes(plan.Guards).CopyTo(slot[layout.GuardOffset..]);
        MemoryMarshal.AsBytes(plan.Groups).CopyTo(slot[layout.GroupOffset..]);
        MemoryMarshal.AsBytes(plan.Candidates).CopyTo(slot[layout.CandidateOffset..]);
        MemoryMarshal.AsBytes(plan.LogitsRows).CopyTo(slot[layout.LogitsRowOffset..]);
    }
}
