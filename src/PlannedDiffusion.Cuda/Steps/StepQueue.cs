using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Steps;

/// <summary>
/// Queues checked steps on the device. It copies the tables of a step through a pinned ring to fixed addresses and
/// launches the graph of its buckets. All memory is allocated when the model is loaded.
/// </summary>
internal sealed class StepQueue : IDisposable
{
    /// <summary>The most steps that the host may be ahead.</summary>
    private const int Slots = 8;

    private readonly CudaResources _owned = new();
    private readonly CudaStream _stream;
    private readonly StepPrograms _programs;
    private readonly CudaStepBuffers _buffers;
    private readonly CudaForwardPass _pass;
    private readonly StepRanges _ranges;
    private readonly PinnedRing _ring;
    private readonly CudaGraph?[] _graphs; // [row buckets, logits buckets]
    private readonly bool _useGraphs;

    /// <param name="device">The device, which pins the tables.</param>
    /// <param name="stream">The stream of the steps.</param>
    /// <param name="settings">Whether graphs are captured, kernels overlap and steps are timed.</param>
    /// <param name="programs">The kernels of all buckets.</param>
    /// <param name="buffers">The buffers of a step; not owned.</param>
    /// <param name="pass">Queues the kernels of a bucket.</param>
    /// <param name="ranges">Shows captures to a profiler.</param>
    public StepQueue(
        CudaDevice device, CudaStream stream, CudaSettings settings, StepPrograms programs, CudaStepBuffers buffers,
        CudaForwardPass pass, StepRanges ranges)
    {
        _stream = stream;
        _programs = programs;
        _buffers = buffers;
        _pass = pass;
        _ranges = ranges;
        _useGraphs = settings.Cuda.UseGraphs;
        stream.OverlapsKernels = settings.Cuda.OverlapKernels && device.CanOverlapKernels;
        _graphs = new CudaGraph?[programs.Buckets.Length * programs.Heads.Length];
        try
        {
            _ring = _owned.Add(new PinnedRing(
                device, Slots, programs.Buckets.Max(bucket => bucket.Tables.Bytes), "tables of steps"));
            // A slot is free when its last copy is done. Then at most Slots steps are in flight.
            if (settings.Runner.TimeSteps) Timer = _owned.Add(new CudaStepClock(device, stream, Slots));
        }
        catch
        {
            _owned.Dispose();
            throw;
        }
    }

    /// <summary>Measures the steps; null if the options do not ask for it.</summary>
    public CudaStepClock? Timer { get; }

    public ulong LogitsAt(int row) => _buffers.Logits + (ulong)row * (ulong)_programs.Widths.Vocabulary * sizeof(float);

    /// <summary>Queues a step. It waits only if the host is ahead by all slots.</summary>
    public void Run(CudaCheckedStep step)
    {
        int rows = _programs.RowSizes.IndexOf(Math.Max(
            step.RowCount, Math.Max((step.CandidateCount + 1) / 2, step.GroupCount - 1)));
        int logits = _programs.LogitsSizes.IndexOf(step.LogitsRowCount);
        MatrixProduct? head = _programs.Heads[logits];
        StepBucket bucket = _programs.Buckets[rows];
        Write(step, bucket);
        ref CudaGraph? graph = ref _graphs[rows * _programs.Heads.Length + logits];
        if (_useGraphs) graph ??= Capture(bucket, head); // before the clock starts, because it takes long
        Timer?.Begin();
        _ring.Send(_stream, _buffers.Tables, bucket.Tables.Bytes);
        if (graph is not null) _stream.Launch(graph);
        else _pass.Enqueue(bucket, head);
        Timer?.End();
    }

    public void Dispose()
    {
        foreach (CudaGraph? graph in _graphs) graph?.Dispose();
        _owned.Dispose();
    }

    private CudaGraph Capture(StepBucket bucket, MatrixProduct? head)
    {
        using StepRanges.Open range = _ranges.Capture(bucket.Rows);
        return _stream.Capture(() => _pass.Enqueue(bucket, head));
    }

    /// <summary>Cuts the attention into items and writes all tables into the next slot.</summary>
    private unsafe void Write(CudaCheckedStep step, StepBucket bucket)
    {
        StepTableLayout layout = bucket.Tables;
        var slot = new Span<byte>((void*)_ring.Take(), layout.Bytes);
        Span<AttentionItem> items = MemoryMarshal.Cast<byte, AttentionItem>(slot[layout.ItemOffset..])[..layout.Items];
        int itemCount = bucket.Attention.Tile(step.Rows, items);
        MemoryMarshal.Write(slot, new StepHeader
        {
            Rows = step.RowCount,
            LogitsRows = step.LogitsRowCount,
            Candidates = step.CandidateCount,
            Groups = step.GroupCount,
            AttentionItems = itemCount,
        });
        MemoryMarshal.AsBytes(step.Rows).CopyTo(slot[layout.RowOffset..]);
        MemoryMarshal.AsBytes(step.Guards).CopyTo(slot[layout.GuardOffset..]);
        MemoryMarshal.AsBytes(step.Groups).CopyTo(slot[layout.GroupOffset..]);
        MemoryMarshal.AsBytes(step.Candidates).CopyTo(slot[layout.CandidateOffset..]);
        MemoryMarshal.AsBytes(step.LogitsRows).CopyTo(slot[layout.LogitsRowOffset..]);
    }
}
