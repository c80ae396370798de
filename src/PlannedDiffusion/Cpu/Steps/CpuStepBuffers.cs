using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cpu.Steps;

/// <summary>
/// The f32 buffers of a step, at fixed addresses. Rows are padded to whole panels, with zeros in each finite row. Rows
/// that no step has used yet take no memory.
/// </summary>
internal sealed unsafe class CpuStepBuffers : IDisposable
{
    /// <summary>Memory for logits that only the sampler reads. More rows take several rounds.</summary>
    private const int LogitsChunkBytes = 32 << 20;

    private readonly List<NativeBuffer> _buffers = [];
    private NativeBuffer? _kept;

    public CpuStepBuffers(ModelConfig config, RunnerLimits limits)
        : this(config, limits.MaxRowsPerStep)
    {
        int rows = limits.MaxRowsPerStep;
        Hidden = Allocate(rows, HiddenStride);
        LastHidden = Allocate(rows, HiddenStride);
        Normed = Allocate(Math.Max(rows, LogitsChunk), HiddenStride);
        QueryKeyValue = Allocate(rows, QueryKeyValueStride);
        Attended = Allocate(rows, AttendedStride);
        Mlp = Allocate(rows, MlpStride);
        Logits = Allocate(LogitsChunk, LogitsStride);
    }

    /// <summary>Computes the widths only.</summary>
    private CpuStepBuffers(ModelConfig config, int rows)
    {
        HiddenStride = Padding.ToPanel(config.HiddenSize);
        QueryKeyValueStride = Padding.ToPanel(config.QuerySize + 2 * config.KvSize);
        AttendedStride = Padding.ToPanel(config.QuerySize);
        MlpStride = Padding.ToPanel(config.IntermediateSize);
        LogitsStride = Padding.ToPanel(config.VocabularySize);
        LogitsChunk = Math.Clamp(LogitsChunkBytes / sizeof(float) / LogitsStride / 12 * 12, 12, Math.Max(12, rows));
    }

    /// <summary>Bytes of all buffers.</summary>
    public static long SizeOf(ModelConfig config, RunnerLimits limits)
    {
        long rows = limits.MaxRowsPerStep;
        using var widths = new CpuStepBuffers(config, limits.MaxRowsPerStep);
        return sizeof(float) * (rows * (2L * widths.HiddenStride + widths.QueryKeyValueStride + widths.AttendedStride
            + widths.MlpStride) + Math.Max(rows, widths.LogitsChunk) * widths.HiddenStride
            + (long)widths.LogitsChunk * widths.LogitsStride);
    }

    /// <summary>Bytes of the buffers that a step always has.</summary>
    public long Bytes => _buffers.Sum(buffer => (long)buffer.Bytes);

    public int HiddenStride { get; }
    public int QueryKeyValueStride { get; }
    public int AttendedStride { get; }
    public int MlpStride { get; }
    public int LogitsStride { get; }

    /// <summary>Rows of <see cref="Logits"/>.</summary>
    public int LogitsChunk { get; }

    public float* Hidden { get; } // [rows, hidden], the residual stream
    public float* LastHidden { get; } // [queries of the last layer, hidden]
    public float* Normed { get; } // [rows, hidden]
    public float* QueryKeyValue { get; } // [rows, query + 2 kv]
    public float* Attended { get; } // [queries, query size]
    public float* Mlp { get; } // [rows, mlp]
    public float* Logits { get; } // [chunk, vocabulary]
    public float* KeptLogits => _kept is null ? null : _kept.Floats; // [requested, vocabulary]

    /// <summary>Makes room for the logits that a caller requested.</summary>
    public void ReserveKeptLogits(int rows)
    {
        nint bytes = checked((nint)rows * LogitsStride * sizeof(float));
        if (_kept?.Bytes >= bytes || rows == 0) return;
        try
        {
            NativeBuffer buffer = NativeBuffer.AllocateUninitialized(bytes);
            _kept?.Dispose();
            _kept = buffer;
        }
        catch (OutOfMemoryException)
        {
            throw new RunnerCapacityException($"Logits of {rows} rows need {bytes:N0} bytes, more than there is.");
        }
    }

    public void Dispose()
    {
        foreach (NativeBuffer buffer in _buffers) buffer.Dispose();
        _kept?.Dispose();
    }

    private float* Allocate(int rows, int stride)
    {
        NativeBuffer buffer = NativeBuffer.AllocateFloats((nint)rows * stride);
        _buffers.Add(buffer);
        return buffer.Floats;
    }
}
