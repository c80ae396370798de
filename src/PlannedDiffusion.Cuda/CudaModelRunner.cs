using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Loading;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Cuda.Sequences;
using PlannedDiffusion.Cuda.Steps;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Models.Packing;

namespace PlannedDiffusion.Cuda;

/// <summary>
/// Runs a model on a CUDA device. Tokens, keys and values stay on the device. A step copies small tables and launches a
/// graph. It returns before the device has computed it. Only methods that read wait for the device.
/// </summary>
public sealed class CudaModelRunner : IModelRunner
{
    /// <summary>The most tokens of one copy.</summary>
    private const int TokensPerSlot = 4096;

    private const int TokenSlots = 8;

    private readonly CudaResources _owned;
    private readonly StepRanges _ranges;
    private readonly CudaDevice _device;
    private readonly CudaStream _stream;
    private readonly CudaWeights _weights;
    private readonly CudaKvCache _pool;
    private readonly CudaSequenceTable _sequences;
    private readonly CudaCheckedStep _checked;
    private readonly StepQueue _steps;
    private readonly PinnedRing _tokens;
    private readonly CudaPendingReads _reads;
    private readonly PinnedMemory _staging; // values that are read back
    private bool _disposed;

    private CudaModelRunner(
        CudaResources owned, ModelWeights weights, CudaSettings settings, NvtxRanges? nvtx)
    {
        _owned = owned;
        Config = weights.Config;
        Precision = settings.Precision;
        _ranges = owned.Add(new StepRanges(nvtx, settings.Limits.MaxSequences));
        _device = owned.Add(CudaDevice.Open(settings.Cuda.Device, CudaLibraries.Use(settings.Cuda.Libraries)));
        _stream = owned.Add(_device.CreateStream());
        owned.FinishFirst(_stream);
        // Quick failures come first: too little memory, then no compiler. The weights, often 15 GB, are read last.
        _weights = owned.Add(CudaWeights.Reserve(_device, weights, Precision));
        KernelLibrary library = owned.Add(KernelLibrary.Create(_device, settings.Cuda.KernelCacheFolder));
        var programs = new StepPrograms(library, Config, settings, CuBlasFor(settings.Cuda));
        if (settings.Cuda.RandomSeed is { } seed)
            RandomDeviceWeights.Fill(_weights, library, _stream, Config, Precision, seed);
        else
            Upload(weights, settings);
        Compilation = library.Report;
        CudaStepBuffers buffers = owned.Add(new CudaStepBuffers(_device, _stream, Config, settings, programs));
        _tokens = owned.Add(new PinnedRing(_device, TokenSlots, TokensPerSlot * sizeof(int), "tokens to write"));
        int row = Math.Max(Math.Max(Config.VocabularySize, settings.Limits.MaxPositions), 1);
        _staging = owned.Add(_device.AllocatePinned((long)row * sizeof(float), "rows to read"));
        _pool = owned.Add(CudaKvCache.Create(_device, Config, settings));
        Limits = settings.Limits with { MaxPositions = Math.Min(settings.Limits.MaxPositions, _pool.Positions) };
        int mostRead = Math.Max(Limits.MaxPositions, Limits.MaxGroupsPerSequence);
        _reads = owned.Add(new CudaPendingReads(_device, _stream, mostRead));
        _sequences = new CudaSequenceTable(Limits, _pool.Positions);
        _checked = new CudaCheckedStep(Config, Limits, _pool.Positions);
        var pass = new CudaForwardPass(Config, programs, buffers, _weights, _pool, _stream);
        _steps = owned.Add(new StepQueue(_device, _stream, settings, programs, buffers, pass, _ranges));
        _stream.Synchronize();
    }

    /// <inheritdoc/>
    public ModelConfig Config { get; }

    /// <inheritdoc/>
    public RunnerLimits Limits { get; }

    /// <inheritdoc/>
    public bool RunsAhead => true;

    /// <inheritdoc/>
    public int ExactRows => StepBucket.MostDecodeRows;

    /// <inheritdoc/>
    public long BytesPerPosition => CudaKvCache.BytesPerPosition(Config, Precision);

    /// <inheritdoc/>
    public IStepClock? StepClock => _steps.Timer;

    /// <summary>The type of weights, activations, keys and values.</summary>
    public Precision Precision { get; }

    /// <inheritdoc/>
    public string Device =>
        $"cuda: {_device.Name}, {_device.Architecture}, {(Precision == Precision.BF16 ? "bf16" : "f32")}";

    /// <summary>The device, for tests.</summary>
    internal CudaDevice OpenDevice => _device;

    /// <summary>True if a kernel of a step may begin before the previous one has ended.</summary>
    public bool OverlapsKernels => _stream.OverlapsKernels;

    /// <summary>The stream of the steps, for events around them.</summary>
    internal CudaStream Stream => _stream;

    /// <summary>The state of the sequences, for tests.</summary>
    internal CudaKvCache Pool => _pool;

    /// <summary>The tables of the latest step, for tests.</summary>
    internal CudaCheckedStep LastStep => _checked;

    /// <summary>Positions of the K/V pool, for all sequences together.</summary>
    public int KvPoolPositions => _pool.Positions;

    /// <summary>Bytes of the K/V pool.</summary>
    public long KvPoolBytes => _pool.Bytes;

    /// <summary>Where the kernels came from, and how long it took to load them.</summary>
    public CompilationReport Compilation { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes { get; private set; } = [];

    /// <summary>Bytes of weights on the device.</summary>
    public long WeightBytes => _weights.Bytes;

    /// <summary>The least bytes of weights that a step with logits reads.</summary>
    public long WeightBytesPerStep => _weights.StepBytes;

    /// <summary>
    /// Copies weights to a device and allocates the memory of steps. The weights may be disposed afterwards.
    /// </summary>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="options">Options of every runner; null for the defaults.</param>
    /// <param name="cuda">Options of this runner; null for the defaults.</param>
    /// <exception cref="CudaLibraryException">A native library is missing or too old.</exception>
    /// <exception cref="CudaException">The driver or the compiler failed. The message names the call.</exception>
    /// <exception cref="RunnerCapacityException">
    /// The device has too little memory. The message says what is needed and available.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// A tensor does not have the shape that the configuration says, or an option is outside its range.
    /// </exception>
    /// <exception cref="IOException">
    /// A file of weights cannot be read, or was changed while it was read. Or the table of products cannot be read, is
    /// not valid, or is for other devices.
    /// </exception>
    public static CudaModelRunner Create(
        ModelWeights weights, RunnerOptions? options = null, CudaRunnerOptions? cuda = null) =>
        Create(weights, options, cuda, NvtxRanges.OfProcess);

    /// <summary>Creates a runner that shows its steps to a profiler; null for none.</summary>
    internal static CudaModelRunner Create(
        ModelWeights weights, RunnerOptions? options, CudaRunnerOptions? cuda, NvtxRanges? nvtx)
    {
        ArgumentNullException.ThrowIfNull(weights);
        CudaSettings settings = CudaSettings.For(weights.Config, options, cuda);
        WeightRules.Check(weights);
        if (settings.Cuda.RandomSeed is null) WeightRules.CheckData(weights);
        var owned = new CudaResources();
        try
        {
            return new CudaModelRunner(owned, weights, settings, nvtx);
        }
        catch
        {
            owned.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Creates a runner with random weights, which the device generates from a seed. It serves benchmarks, because the
    /// time of a step does not depend on the values of the weights.
    /// </summary>
    internal static CudaModelRunner CreateRandom(
        ModelConfig config, int seed, RunnerOptions? options = null, CudaRunnerOptions? cuda = null)
    {
        using ModelWeights shapes = RandomDeviceWeights.Shapes(config);
        return Create(shapes, options, (cuda ?? new CudaRunnerOptions()) with { RandomSeed = seed });
    }

    /// <inheritdoc/>
    public int OpenSequence(int capacity)
    {
        Enter();
        int handle = _sequences.Open(capacity);
        try
        {
            CudaSequence sequence = _sequences.Find(handle);
            _pool.Clear(_stream, sequence);
            _ranges.OpenSequence(sequence.Slot, capacity);
        }
        catch
        {
            _sequences.Close(handle);
            throw;
        }

        return handle;
    }

    /// <inheritdoc/>
    /// <remarks>It does not use the device, so it works after an error.</remarks>
    public void CloseSequence(int sequence)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        int slot = _sequences.Find(sequence).Slot;
        _sequences.Close(sequence);
        _ranges.CloseSequence(slot);
        _reads.Drop(sequence);
    }

    /// <inheritdoc/>
    public unsafe void WriteTokens(int sequence, int start, ReadOnlySpan<int> tokens)
    {
        Enter();
        CudaSequence target = Find(sequence, start, tokens.Length);
        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)Config.VocabularySize)
                throw new ArgumentException($"Token {token} is not in the vocabulary of {Config.VocabularySize}.");
        }

        for (int first = 0; first < tokens.Length; first += TokensPerSlot)
        {
            ReadOnlySpan<int> some = tokens.Slice(first, Math.Min(TokensPerSlot, tokens.Length - first));
            some.CopyTo(new Span<int>((void*)_tokens.Take(), some.Length));
            _tokens.Send(_stream, _pool.TokensAt(target, start + first), some.Length * sizeof(int));
        }
    }

    /// <inheritdoc/>
    public void ReadTokens(int sequence, int start, Span<int> tokens)
    {
        Enter();
        Read(_pool.TokensAt(Find(sequence, start, tokens.Length), start), tokens);
    }

    /// <inheritdoc/>
    public int BeginReadTokens(int sequence, int start, int count)
    {
        Enter();
        return _reads.Begin(sequence, _pool.TokensAt(Find(sequence, start, count), start), count);
    }

    /// <inheritdoc/>
    public int BeginReadMasksLeft(int sequence, int count)
    {
        Enter();
        StepRules.CheckGroups(count, Limits);
        return _reads.Begin(sequence, _pool.MasksLeftAt(_sequences.Find(sequence)), count);
    }

    /// <inheritdoc/>
    public void EndRead(int ticket, Span<int> copy)
    {
        Enter();
        using StepRanges.Open range = _ranges.Read(copy.Length);
        _reads.End(ticket, copy);
    }

    /// <inheritdoc/>
    public void ReadConfidences(int sequence, int start, Span<float> confidences)
    {
        Enter();
        Read(_pool.ConfidencesAt(Find(sequence, start, confidences.Length), start), confidences);
    }

    /// <inheritdoc/>
    public void ClearKeyValues(int sequence, TokenRange range)
    {
        Enter();
        _pool.ClearKeyValues(_stream, Find(sequence, range.Start, range.Length), range);
    }

    /// <inheritdoc/>
    public void Forward(ForwardStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        Enter();
        using StepRanges.Open range = _ranges.Step(step);
        _checked.Build(step, _sequences, _pool);
        _checked.Accept();
        if (_checked.RowCount > 0) _steps.Run(_checked);
    }

    /// <inheritdoc/>
    public bool IsSticky(Exception error) => error is CudaException { IsSticky: true };

    /// <inheritdoc/>
    public void ReadLogits(int index, Span<float> logits)
    {
        Enter();
        if ((uint)index >= (uint)_checked.AcceptedCount)
            throw new ArgumentException($"Logits row {index} of {_checked.AcceptedCount} in the last step.");
        if (logits.Length != Config.VocabularySize)
            throw new ArgumentException($"Room for {logits.Length} logits of {Config.VocabularySize}.");
        Read(_steps.LogitsAt(_checked.AcceptedRow(index)), logits);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true)) return;
        _owned.Dispose();
    }

    private void Upload(ModelWeights weights, CudaSettings settings)
    {
        weights.EnsureUnchanged();
        if (settings.Cuda.MapWeights) weights.Map();
        _weights.Upload(_stream, weights, settings.Runner.Progress);
        weights.EnsureUnchanged();
    }

    /// <summary>Every public call begins with this, because callers may change threads.</summary>
    private void Enter()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _device.MakeCurrent();
    }

    /// <summary>Null if cuBLAS is not wanted or cannot be used. If it is installed, a note says why.</summary>
    private CuBlas? CuBlasFor(CudaRunnerOptions options)
    {
        if (options.Products == ProductChoice.CuBlas) return _owned.Add(CuBlas.Load(_device, _stream));
        if (options.Products == ProductChoice.Own || Precision != Precision.BF16) return null;
        CuBlas? cuBlas = CuBlas.TryLoad(_device, _stream, out string? reason);
        if (reason is not null)
            Notes = [$"Steps of many rows take longer than they could: cuBLAS is not used. {reason}"];
        return cuBlas is null ? null : _owned.Add(cuBlas);
    }

    private CudaSequence Find(int handle, int start, int length)
    {
        CudaSequence sequence = _sequences.Find(handle);
        if (start >= 0 && length >= 0 && length <= sequence.Capacity - start) return sequence;
        throw new ArgumentException(
            $"Positions [{start}, {(long)start + length}) lie outside of the {sequence.Capacity} of sequence "
            + $"{handle}.");
    }

    /// <summary>Waits for all queued work and reads values.</summary>
    private unsafe void Read<T>(ulong source, Span<T> values)
        where T : unmanaged
    {
        if (values.IsEmpty) return;
        using StepRanges.Open range = _ranges.Read(values.Length);
        long bytes = (long)values.Length * sizeof(T);
        _stream.CopyToHost(_staging.Address, source, bytes);
        _stream.Synchronize();
        new ReadOnlySpan<T>((void*)_staging.Address, values.Length).CopyTo(values);
    }
}
