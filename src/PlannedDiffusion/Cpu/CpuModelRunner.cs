using PlannedDiffusion.Cpu.Loading;
using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Cpu.Sequences;
using PlannedDiffusion.Cpu.Simd;
using PlannedDiffusion.Cpu.Steps;
using PlannedDiffusion.Cpu.Threads;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Models.Packing;

namespace PlannedDiffusion.Cpu;

/// <summary>
/// Runs a model on the CPU: packed bf16 or f32 weights, f32 activations, keys and values. The bits of a row's result
/// depend neither on other rows of the step nor on the number of threads.
/// </summary>
public sealed class CpuModelRunner : IModelRunner
{
    private readonly CpuWeights _weights;
    private readonly CpuStepBuffers _buffers;
    private readonly ThreadScratch[] _scratch;
    private readonly RotaryTable _rotary;
    private readonly CpuSequenceTable _sequences;
    private readonly WorkerPool _pool;
    private readonly CpuCheckedStep _checked;
    private readonly Reveal _reveal;
    private readonly LogitsPass _logits;
    private readonly Job _job;
    private readonly CpuPendingReads _reads = new();
    private int _logitsRows;
    private bool _disposed;

    private CpuModelRunner(
        CpuWeights weights, ModelConfig config, RunnerLimits limits, CpuRunnerOptions options, int threads)
    {
        Config = config;
        Limits = limits;
        Device = options.InsteadOf is { } reason ? $"cpu: {reason}" : "cpu";
        _weights = weights;
        CpuKernels kernels = CpuKernels.For(options.Simd);
        _buffers = new CpuStepBuffers(config, Limits);
        _scratch = new ThreadScratch[threads];
        for (int i = 0; i < threads; i++) _scratch[i] = new ThreadScratch(config, Limits, kernels.TileRows);
        _rotary = new RotaryTable(Limits.MaxPositions, config.HeadSize, config.RopeTheta);
        _sequences = new CpuSequenceTable(config, Limits);
        _checked = new CpuCheckedStep(config, Limits);
        _reveal = new Reveal(_checked);
        _reveal.Reserve(Limits.MaxRowsPerStep);
        _pool = new WorkerPool(threads);
        var parts = new PassParts(config, weights, kernels, _pool, _buffers, _scratch, _checked);
        var forward = new CpuForwardPass(parts, _rotary);
        _logits = new LogitsPass(parts, forward);
        _job = new Job(forward, _logits);
    }

    /// <inheritdoc/>
    public ModelConfig Config { get; }

    /// <inheritdoc/>
    public RunnerLimits Limits { get; }

    /// <inheritdoc/>
    public string Device { get; }

    /// <inheritdoc/>
    public bool RunsAhead => false;

    /// <inheritdoc/>
    public int ExactRows => int.MaxValue;

    /// <inheritdoc/>
    public long BytesPerPosition =>
        (CpuKvCache.SizeOf(Config, AttentionTile.KeyTile) / AttentionTile.KeyTile) + sizeof(int) + sizeof(float);

    /// <summary>The number of threads for the option 0: one for each physical core that this process may use.</summary>
    public static int DefaultThreads => PhysicalCores.Count;

    /// <summary>Threads that compute a step.</summary>
    public int Threads => _pool.Threads;

    /// <summary>The threads, for tests.</summary>
    internal WorkerPool Pool => _pool;

    /// <summary>Bytes of packed weights that a step with logits reads.</summary>
    public long WeightBytesPerStep => _weights.StepBytes;

    /// <summary>Packs the weights and reserves the memory of a step. The weights may be disposed afterwards.</summary>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="options">Options of every runner; null for the defaults.</param>
    /// <param name="cpu">Options of this runner alone; null for the defaults.</param>
    /// <exception cref="ArgumentException">
    /// A tensor does not have the shape that the configuration says, or an option is outside its range.
    /// </exception>
    /// <exception cref="IOException">A file cannot be read, or was changed while it was read.</exception>
    /// <exception cref="RunnerCapacityException">
    /// There is too little memory, or there are too few processors for the threads. The message says what is needed and
    /// available.
    /// </exception>
    /// <exception cref="PlatformNotSupportedException">This machine does not support the forced width.</exception>
    public static CpuModelRunner Create(
        ModelWeights weights, RunnerOptions? options = null, CpuRunnerOptions? cpu = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        options ??= new RunnerOptions();
        cpu ??= new CpuRunnerOptions();
        options.Validate();
        RunnerLimits limits = options.LimitsFor(weights.Config);
        int threads = options.Threads > 0 ? options.Threads : DefaultThreads;
        WorkerPool.CheckCount(threads);
        if (cpu.Simd != SimdWidth.Widest && !SimdSupport.IsSupported(cpu.Simd))
            throw new PlatformNotSupportedException($"This machine has no vectors of {cpu.Simd}.");
        WeightRules.Check(weights);
        var packing = new WeightPacking(options.Precision);
        var need = MemoryNeed.Of(weights, packing, limits, threads, CpuKernels.For(cpu.Simd).TileRows);
        need.Check(limits, threads);
        CpuWeights? packed = null;
        try
        {
            packed = CpuWeights.Pack(weights, packing, threads, options.Progress);
            return new CpuModelRunner(packed, weights.Config, limits, cpu, threads);
        }
        catch (Exception failure)
        {
            packed?.Dispose();
            if (failure is OutOfMemoryException) throw need.Refusal(limits, threads, AvailableMemory.Bytes());
            throw;
        }
    }

    /// <inheritdoc/>
    public int OpenSequence(int capacity) => Sequences.Open(capacity);

    /// <inheritdoc/>
    public void CloseSequence(int sequence)
    {
        Sequences.Close(sequence);
        _reads.Drop(sequence);
    }

    /// <inheritdoc/>
    public void WriteTokens(int sequence, int start, ReadOnlySpan<int> tokens)
    {
        Span<int> target = Slice(Sequences.Find(sequence).Tokens, sequence, start, tokens.Length);
        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)Config.VocabularySize)
                throw new ArgumentException($"Token {token} is not in the vocabulary of {Config.VocabularySize}.");
        }

        tokens.CopyTo(target);
    }

    /// <inheritdoc/>
    public void ReadTokens(int sequence, int start, Span<int> tokens) =>
        Slice(Sequences.Find(sequence).Tokens, sequence, start, tokens.Length).CopyTo(tokens);

    /// <inheritdoc/>
    public int BeginReadTokens(int sequence, int start, int count) =>
        _reads.Begin(sequence, Slice(Sequences.Find(sequence).Tokens, sequence, start, count));

    /// <inheritdoc/>
    public int BeginReadMasksLeft(int sequence, int count)
    {
        StepRules.CheckGroups(count, Limits);
        return _reads.Begin(sequence, Sequences.Find(sequence).MasksLeft[..count]);
    }

    /// <inheritdoc/>
    public void EndRead(int ticket, Span<int> copy)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _reads.End(ticket, copy);
    }

    /// <inheritdoc/>
    public void ReadConfidences(int sequence, int start, Span<float> confidences) =>
        Slice(Sequences.Find(sequence).Confidences, sequence, start, confidences.Length).CopyTo(confidences);

    /// <inheritdoc/>
    public void ClearKeyValues(int sequence, TokenRange range)
    {
        CpuSequence found = Sequences.Find(sequence);
        Slice(found.Tokens, sequence, range.Start, range.Length);
        found.Cache.Clear(range);
    }

    /// <inheritdoc/>
    public void Forward(ForwardStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        _checked.Build(step, Sequences);
        _reveal.Reserve(_checked.CandidateCount);
        _logits.Begin(step);
        _logitsRows = _checked.KeptSlots;
        foreach (ref readonly RowGroup group in step.Rows)
            Sequences.Find(group.Sequence).Cache.WillWrite(group.Positions);
        if (_checked.RowCount == 0) return;
        _pool.Run(_job);
        _reveal.Run(step, Sequences);
    }

    /// <inheritdoc/>
    public unsafe void ReadLogits(int index, Span<float> logits)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if ((uint)index >= (uint)_logitsRows)
            throw new ArgumentException($"Logits row {index} of {_logitsRows} in the last step.");
        if (logits.Length != Config.VocabularySize)
            throw new ArgumentException($"Room for {logits.Length} logits of {Config.VocabularySize}.");
        float* row = _buffers.KeptLogits + (nint)index * _buffers.LogitsStride;
        new ReadOnlySpan<float>(row, Config.VocabularySize).CopyTo(logits);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true)) return;
        _pool.Dispose();
        _sequences.Dispose();
        _rotary.Dispose();
        foreach (ThreadScratch scratch in _scratch) scratch.Dispose();
        _buffers.Dispose();
        _weights.Dispose();
    }

    private CpuSequenceTable Sequences
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _sequences;
        }
    }

    private static Span<T> Slice<T>(Span<T> all, int sequence, int start, int length)
    {
        if (start < 0 || length < 0 || length > all.Length - start)
        {
            throw new ArgumentException(
                $"Positions [{start}, {(long)start + length}) lie outside of the {all.Length} of sequence {sequence}.");
        }

        return all.Slice(start, length);
    }

    /// <summary>The whole step on one thread.</summary>
    private sealed class Job(CpuForwardPass forward, LogitsPass logits) : ISpmdJob
    {
        public void Run(int thread)
        {
            forward.Run(thread);
            logits.Run(thread);
        }
    }
}
