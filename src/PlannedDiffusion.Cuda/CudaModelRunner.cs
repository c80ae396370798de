using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Kernels.Choose;
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
/// Runs a model on a CUDA device. Tokens, keys and values stay there; a step is a copy of small tables and the launch
/// of a graph, and returns before the device has computed it. Only the Read methods wait.
/// </summary>
public sealed class CudaModelRunner : IModelRunner
{
    /// <summary>Tokens that one copy takes.</summary>
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
    private readonly PinnedMemory _staging; // what is read back
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
        // First what is quick to refuse: too little memory, then no compiler; the 15 GB are read last.
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
    public IStepClock? StepClock => _steps.Timer;

    /// <summary>Type of weights, activations, keys and values.</summary>
    public Precision Precision { get; }

    /// <inheritdoc/>
    public string Device =>
        $"cuda: {_device.Name}, {_device.Architecture}, {(Precision == Precision.BF16 ? "bf16" : "f32")}";

    /// <summary>The device: for tests.</summary>
    internal CudaDevice OpenDevice => _device;

    /// <summary>Kernels of a step may begin before the one before them has ended.</summary>
    public bool OverlapsKernels => _stream.OverlapsKernels;

    /// <summary>Where steps are queued: for events around them.</summary>
    internal CudaStream Stream => _stream;

    /// <summary>What the sequences keep on the device: for tests.</summary>
    internal CudaKvCache Pool => _pool;

    /// <summary>The latest step as its tables have it: for tests.</summary>
    internal CudaCheckedStep LastStep => _checked;

    /// <summary>Positions of all sequences together that there is K/V memory for.</summary>
    public int KvPoolPositions => _pool.Positions;

    /// <summary>Bytes of the K/V pool.</summary>
    public long KvPoolBytes => _pool.Bytes;

    /// <summary>Where the kernels came from, and how long that took.</summary>
    public CompilationReport Compilation { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes { get; private set; } = [];

    /// <summary>Bytes of weights on the device.</summary>
    public long WeightBytes => _weights.Bytes;

    /// <summary>Bytes of weights that a step with logits reads.</summary>
    public long WeightBytesPerStep => _weights.StepBytes;

    /// <summary>
    /// Brings weights to a device, after which they may be disposed, and reserves the memory of steps.
    /// </summary>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="options">What every runner knows; null for the defaults.</param>
    /// <param name="cuda">What only this one does; null for the defaults.</param>
    /// <exception cref="CudaLibraryException">A native library is missing or too old.</exception>
    /// <exception cref="CudaException">The driver or the compiler failed; the message names the call.</exception>
    /// <exception cref="ProductTableException">
    /// The table of products cannot be read, breaks a rule, or has nothing for the device.
    /// </exception>
    /// <exception cref="RunnerCapacityException">The device has too little memory: what, need and have.</exception>
    /// <exception cref="ArgumentException">
    /// A tensor does not have the shape that the configuration says, or an option is outside its range.
    /// </exception>
    /// <exception cref="IOException">A file cannot be read, or was changed while it was read.</exception>
    public static CudaModelRunner Create(
        ModelWeights weights, RunnerOptions? options = null, CudaRunnerOptions? cuda = null) =>
        Create(weights, options, cuda, NvtxRanges.OfProcess);

    /// <param name="weights">As above.</param>
    /// <param name="options">As above.</param>
    /// <param name="cuda">As above.</param>
    /// <param name="nvtx">The profiler that sees the steps; null for none.</param>
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
    /// A network with random weights that are made on the device from a seed, to measure with: what a step costs does
    /// not depend on what the weights say.
    /// </summary>
    public static CudaModelRunner CreateRandom(
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
    /// <remarks>Does not touch the device, so it works after an error.</remarks>
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

    /// <summary>Every public call begins with this: the calling thread may be another one than before.</summary>
    private void Enter()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _device.MakeCurrent();
    }

    /// <summary>Null where it is not wanted, or not to be had: a note says why, if it is there.</summary>
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

    /// <summary>Waits for all that was queued, and reads.</summary>
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
