using System.Diagnostics;
using LLama;
using LLama.Common;
using LLama.Native;

namespace PlannedDiffusion.Peers;

/// <summary>llama.cpp as .NET applications use it: LLamaSharp with its CPU backend.</summary>
internal sealed class LlamaPeer : IStepPeer
{
    private const int Batch = 256;

    private readonly int _cached;
    private readonly LLamaWeights _weights;
    private readonly LLamaContext _context;
    private readonly LLamaBatch _batch = new();

    public LlamaPeer(string name, string file, int threads, int cached)
    {
        Name = name;
        _cached = cached;
        var parameters = new ModelParams(file)
        {
            ContextSize = 512,
            BatchSize = Batch,
            UBatchSize = Batch,
            Threads = threads,
            BatchThreads = threads,
            GpuLayerCount = 0,
        };
        _weights = LLamaWeights.LoadFromFile(parameters);
        _context = _weights.CreateContext(parameters);
        Decode(0, cached, allLogits: false);
    }

    public string Name { get; }

    public double MedianMilliseconds(int rows, int repetitions)
    {
        const int WarmUp = 2;
        for (int i = 0; i < WarmUp; i++) Step(rows);
        var times = new double[repetitions];
        for (int i = 0; i < repetitions; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Step(rows);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(times);
        return times[repetitions / 2];
    }

    public void Dispose()
    {
        _context.Dispose();
        _weights.Dispose();
    }

    /// <summary>Runs rows behind the cache, with logits for each, and removes them again.</summary>
    private void Step(int rows)
    {
        Decode(_cached, rows, allLogits: true);
        _context.NativeHandle.MemorySequenceRemove(LLamaSeqId.Zero, _cached, -1);
    }

    private void Decode(int start, int rows, bool allLogits)
    {
        _batch.Clear();
        for (int i = 0; i < rows; i++)
            _batch.Add((start + i) * 37 % 1000, start + i, LLamaSeqId.Zero, allLogits || i == rows - 1);
        DecodeResult result = _context.Decode(_batch);
        if (result != DecodeResult.Ok) throw new InvalidOperationException($"{Name}: decoding failed with {result}.");
    }
}
