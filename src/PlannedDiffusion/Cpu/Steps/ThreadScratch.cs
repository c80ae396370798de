using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cpu.Steps;

/// <summary>The buffers of one thread.</summary>
internal sealed unsafe class ThreadScratch : IDisposable
{
    private readonly NativeBuffer _gateUp, _heads, _scores, _blockEnds;

    public ThreadScratch(ModelConfig config, RunnerLimits limits, int tileRows)
    {
        HeadStride = Padding.ToVector(config.HeadSize);
        ScoreStride = Padding.ToVector(limits.MaxPositions) + 3 * AttentionTile.KeyTile;
        _gateUp = NativeBuffer.AllocateFloats((nint)limits.MaxRowsPerStep * 2 * PackedMatrix.PanelRows);
        _heads = NativeBuffer.AllocateFloats((nint)2 * tileRows * HeadStride);
        _scores = NativeBuffer.AllocateFloats(tileRows * ScoreStride);
        _blockEnds = NativeBuffer.AllocateFloats(tileRows);
        AttendedHeads = _heads.Floats + tileRows * HeadStride;
        Sampling = new SampleScratch(config.VocabularySize);
    }

    /// <summary>Bytes of all buffers of a thread.</summary>
    public static long SizeOf(ModelConfig config, RunnerLimits limits, int tileRows)
    {
        long scores = Padding.ToVector(limits.MaxPositions) + 3 * AttentionTile.KeyTile;
        long floats = 2L * PackedMatrix.PanelRows * limits.MaxRowsPerStep
            + tileRows * (2L * Padding.ToVector(config.HeadSize) + scores + 1);
        return floats * sizeof(float) + SampleScratch.SizeOf(config.VocabularySize);
    }

    /// <summary>Bytes of the buffers, without those of sampling.</summary>
    public long Bytes => _gateUp.Bytes + _heads.Bytes + _scores.Bytes + _blockEnds.Bytes;

    public int HeadStride { get; }
    public nint ScoreStride { get; }
    public float* GateUp => _gateUp.Floats; // [rows, 64 of gate, 64 of up]
    public float* Queries => _heads.Floats; // [tile rows, head stride]
    public float* AttendedHeads { get; } // [tile rows, head stride]
    public float* Scores => _scores.Floats; // [tile rows, score stride]
    public int* BlockEnds => (int*)_blockEnds.Data; // [tile rows]
    public SampleScratch Sampling { get; }

    public void Dispose()
    {
        _gateUp.Dispose();
        _heads.Dispose();
        _scores.Dispose();
        _blockEnds.Dispose();
    }
}
