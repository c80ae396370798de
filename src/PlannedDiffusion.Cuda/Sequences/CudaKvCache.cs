using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Loading;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cuda.Sequences;

/// <summary>
/// The state of all sequences on the device: a pool of positions, of which each sequence has a range. Keys and values
/// of all layers [layers, 2, kv heads, positions, HEAD_WIDTH] are one allocation, so that one call clears a sequence.
/// Tokens and confidences are [positions], masks left and carry [2, sequences, groups].
/// </summary>
internal sealed class CudaKvCache : IDisposable
{
    /// <summary>The most bytes that stay free for graphs and for other programs.</summary>
    private const long LargestReserve = 1L << 30;

    private readonly DeviceMemory _keysValues, _tokens, _confidences, _counters;
    private readonly int _heads; // layers * 2 * kv heads
    private readonly long _headBytes, _positionBytes;
    private readonly int _kvHeads, _sequences, _groups;

    private CudaKvCache(
        CudaDevice device, ModelConfig config, RunnerLimits limits, Precision precision, int positions)
    {
        Positions = positions;
        _kvHeads = config.KvHeadCount;
        _sequences = limits.MaxSequences;
        _groups = Math.Max(1, limits.MaxGroupsPerSequence);
        _heads = config.LayerCount * 2 * config.KvHeadCount;
        _positionBytes = (long)PaddedWidth.OfHead(config.HeadSize) * WeightUpload.ElementBytes(precision);
        _headBytes = positions * _positionBytes;
        var made = new List<DeviceMemory>();
        try
        {
            _keysValues = Allocate(_heads * _headBytes, "keys and values");
            _tokens = Allocate((long)positions * sizeof(int), "tokens");
            _confidences = Allocate((long)positions * sizeof(float), "confidences");
            _counters = Allocate(2L * _sequences * _groups * sizeof(int), "counters of groups");
        }
        catch
        {
            foreach (DeviceMemory memory in made) memory.Dispose();
            throw;
        }

        DeviceMemory Allocate(long bytes, string what)
        {
            made.Add(device.Allocate(bytes, what));
            return made[^1];
        }
    }

    /// <summary>
    /// Creates a pool with the requested number of positions. By default the pool has as many as the limits allow and
    /// the memory holds.
    /// </summary>
    /// <exception cref="RunnerCapacityException">
    /// The pool does not fit. The message says what is needed and available.
    /// </exception>
    public static CudaKvCache Create(CudaDevice device, ModelConfig config, CudaSettings settings)
    {
        RunnerLimits limits = settings.Limits;
        long each = BytesPerPosition(config, settings.Precision);
        long counters = 2L * limits.MaxSequences * limits.MaxGroupsPerSequence * sizeof(int);
        (long free, long total) = device.Memory();
        long usable = free - counters - Math.Min(LargestReserve, total / 32);
        long wanted = settings.Cuda.KvPoolPositions ?? (long)limits.MaxSequences * limits.MaxPositions;
        long least = settings.Cuda.KvPoolPositions ?? 1;
        long positions = Math.Min(Math.Min(wanted, Math.Max(0, usable / each)), int.MaxValue);
        if (positions < least)
        {
            throw new RunnerCapacityException(
                $"A K/V pool of {wanted:N0} positions needs {wanted * each:N0} bytes of device memory, " +
                $"{Math.Max(0, usable):N0} of {total:N0} can be used beside the weights: {positions:N0} positions.");
        }

        return new CudaKvCache(device, config, limits, settings.Precision, (int)positions);
    }

    /// <summary>Positions of the pool, for all sequences together.</summary>
    public int Positions { get; }

    public long Bytes => _keysValues.Bytes + _tokens.Bytes + _confidences.Bytes + _counters.Bytes;

    /// <summary>Bytes of keys and values. They begin with the keys of the first layer.</summary>
    public long KeyValueBytes => _keysValues.Bytes;

    public ulong Tokens => _tokens.Address;

    public ulong Confidences => _confidences.Address;

    public ulong MasksLeft => _counters.Address;

    public ulong Carry => MasksLeft + (ulong)_sequences * (ulong)_groups * sizeof(int);

    public ulong Keys(int layer) => _keysValues.Address + (ulong)(2L * layer * _kvHeads * _headBytes);

    public ulong Values(int layer) => Keys(layer) + (ulong)(_kvHeads * _headBytes);

    public ulong TokensAt(CudaSequence sequence, int position) =>
        Tokens + (ulong)(sequence.Start + position) * sizeof(int);

    public ulong ConfidencesAt(CudaSequence sequence, int position) =>
        Confidences + (ulong)(sequence.Start + position) * sizeof(float);

    public ulong MasksLeftAt(CudaSequence sequence) => MasksLeft + (ulong)CounterOf(sequence, 0) * sizeof(int);

    /// <summary>The index of a group's counters, in both arrays.</summary>
    public int CounterOf(CudaSequence sequence, int group) => sequence.Slot * _groups + group;

    /// <summary>Sets the whole state of a sequence to zero.</summary>
    public void Clear(CudaStream stream, CudaSequence sequence)
    {
        ClearKeyValues(stream, sequence, new TokenRange(0, sequence.Capacity));
        stream.Fill(TokensAt(sequence, 0), 0, (long)sequence.Capacity * sizeof(int));
        stream.Fill(ConfidencesAt(sequence, 0), 0, (long)sequence.Capacity * sizeof(float));
        foreach (ulong counters in (ReadOnlySpan<ulong>)[MasksLeft, Carry])
            stream.Fill(counters + (ulong)CounterOf(sequence, 0) * sizeof(int), 0, (long)_groups * sizeof(int));
    }

    /// <summary>Sets keys and values of some positions to zero in all layers.</summary>
    public void ClearKeyValues(CudaStream stream, CudaSequence sequence, TokenRange range)
    {
        if (range.IsEmpty) return;
        ulong start = _keysValues.Address + (ulong)((sequence.Start + range.Start) * _positionBytes);
        stream.Fill2D(start, _headBytes, 0, range.Length * _positionBytes, _heads);
    }

    public void Dispose()
    {
        _keysValues.Dispose();
        _tokens.Dispose();
        _confidences.Dispose();
        _counters.Dispose();
    }

    /// <summary>Bytes of one position: keys, values, token and confidence.</summary>
    public static long BytesPerPosition(ModelConfig config, Precision precision) =>
        2L * config.LayerCount * config.KvHeadCount * PaddedWidth.OfHead(config.HeadSize)
            * WeightUpload.ElementBytes(precision) + sizeof(int) + sizeof(float);
}
