using System.Globalization;
using PlannedDiffusion.Cpu;
using PlannedDiffusion.Cpu.Loading;
using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Cpu.Sequences;
using PlannedDiffusion.Cpu.Simd;
using PlannedDiffusion.Cpu.Steps;
using PlannedDiffusion.Cpu.Threads;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Cpu;

/// <summary>
/// The memory that a runner needs is compared with the available memory before anything is allocated.
/// </summary>
public sealed class MemoryNeedTests
{
    /// <summary>Few weights with wide rows: 6 MB of such weights once took gigabytes.</summary>
    private static readonly ModelConfig Wide = TinyModels.Config(
        hidden: 2, mlp: 1 << 18, layers: 1, heads: 1, kvHeads: 1, headSize: 2, vocabulary: 512);

    [Fact]
    public void TooLittleMemoryIsRefusedWithNeedAndHave()
    {
        using ModelWeights weights = TinyModels.InMemory(Wide);
        var limits = new RunnerLimits { MaxRowsPerStep = 1 << 20 };
        var refusal = Assert.Throws<RunnerCapacityException>(
            () => CpuModelRunner.Create(weights, new RunnerOptions { Threads = 1, Limits = limits }));
        MemoryNeed need = MemoryNeed.Of(weights, default, limits, 1, CpuKernels.For(SimdWidth.Widest).TileRows);
        Assert.InRange(need.Steps, 1L << 40, 1L << 41);
        foreach (string words in (string[])[$"needs {need.Total:N0} bytes", "are available", "1048576 rows"])
            Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Fact]
    public void KeysAndValuesAreRefusedWithNeedAndHave()
    {
        ModelConfig config = TinyModels.Config(heads: 1024, kvHeads: 1024, headSize: 64, hidden: 2, layers: 1);
        using ModelWeights weights = TinyModels.InMemory(config);
        var limits = new RunnerLimits { MaxRowsPerStep = 1, MaxPositions = 1 << 24, MaxSequences = 1 };
        using var sequences = new CpuSequenceTable(config, limits);
        string message = Assert.Throws<RunnerCapacityException>(() => sequences.Open(1 << 24)).Message;
        Assert.Contains($"{CpuKvCache.SizeOf(config, 1 << 24):N0} bytes of K/V", message, StringComparison.Ordinal);
        Assert.Contains(" are available", message, StringComparison.Ordinal);
        sequences.Open(16);
    }

    [Fact]
    public void TheNeedEqualsTheAllocatedMemory()
    {
        ModelConfig config = TinyModels.Config(hidden: 100, mlp: 130, layers: 3, vocabulary: 333);
        foreach ((bool tied, Precision? precision) in
            from tied in (bool[])[false, true]
            from precision in (Precision?[])[null, Precision.BF16, Precision.F32]
            select (tied, precision))
        {
            using ModelWeights weights = TinyModels.InMemory(config with { TiedEmbeddings = tied });
            var packing = new WeightPacking(precision);
            using CpuWeights packed = CpuWeights.Pack(weights, packing, threads: 1, progress: null);
            Assert.Equal(CpuWeights.SizeOf(weights, packing), packed.Bytes);
        }

        var limits = new RunnerLimits { MaxRowsPerStep = 77, MaxPositions = 1000 };
        using var buffers = new CpuStepBuffers(config, limits);
        Assert.Equal(CpuStepBuffers.SizeOf(config, limits), buffers.Bytes);
        using var scratch = new ThreadScratch(config, limits, tileRows: 12);
        Assert.Equal(
            ThreadScratch.SizeOf(config, limits, 12), scratch.Bytes + 333 * (sizeof(float) + sizeof(ulong)));
        using var cache = new CpuKvCache(config, 50);
        Assert.Equal(CpuKvCache.SizeOf(config, 50), cache.UnwrittenBytes);
        cache.WillWrite(new TokenRange(0, 48));
        Assert.Equal(CpuKvCache.SizeOf(config, 16), cache.UnwrittenBytes); // 64 positions in whole tiles
    }

    /// <summary>Rows that no step has used take address space but no memory.</summary>
    [Fact]
    public unsafe void MemoryIsTakenWhenItIsWritten()
    {
        Assert.SkipUnless(File.Exists("/proc/self/smaps"), "The system does not tell which pages are there.");
        const int bytes = 64 << 20;
        using NativeBuffer buffer = NativeBuffer.Allocate(bytes);
        Assert.InRange(Resident(buffer), 0, bytes / 8);
        for (int page = 0; page < bytes; page += 4096) Assert.Equal(0, buffer.Data[page]++);
        Assert.InRange(Resident(buffer), bytes * 7L / 8, long.MaxValue);
    }

    [Theory]
    [InlineData(0, 1, 1, 0, "MaxRowsPerStep is 0")]
    [InlineData(int.MaxValue, 1, 1, 0, "MaxRowsPerStep is 2147483647")]
    [InlineData(1, 0, 1, 0, "MaxSequences is 0")]
    [InlineData(1, int.MaxValue, 1, 0, "MaxSequences is 2147483647")]
    [InlineData(1, 1, -1, 0, "MaxPositions is -1")]
    [InlineData(1, 1, 1, -1, "MaxGroupsPerSequence is -1")]
    [InlineData(1, 1, 1, int.MaxValue, "MaxGroupsPerSequence is 2147483647")]
    public void LimitsOutsideTheirRangeAreNamed(int rows, int sequences, int positions, int groups, string message)
    {
        using ModelWeights weights = TinyModels.InMemory(TinyModels.Config());
        var limits = new RunnerLimits
        {
            MaxRowsPerStep = rows,
            MaxSequences = sequences,
            MaxPositions = positions,
            MaxGroupsPerSequence = groups,
        };
        var refusal = Assert.Throws<ArgumentOutOfRangeException>(
            () => CpuModelRunner.Create(weights, new RunnerOptions { Threads = 1, Limits = limits }));
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>Sizes from a caller, not from a file, whose products overflow, or that are zero divisors.</summary>
    [Fact]
    public void SizesOutsideTheirRangeAreNamed()
    {
        using ModelWeights weights = TinyModels.InMemory(TinyModels.Config());
        ModelConfig config = weights.Config;
        (ModelConfig Config, string Field)[] cases =
        [
            (config with { KvHeadCount = 0 }, "num_key_value_heads 0"), (config with { HeadSize = 0 }, "head_dim 0"),
            (config with { HeadCount = 1 << 30, KvHeadCount = 1 << 30 }, "num_attention_heads 1073741824"),
            (config with { HiddenSize = -64 }, "hidden_size -64"), (config with { VocabularySize = 0 }, "vocab_size 0"),
            (config with { LayerCount = int.MaxValue }, "num_hidden_layers"),
            (config with { IntermediateSize = int.MaxValue }, "intermediate_size"),
        ];
        foreach ((ModelConfig wrong, string field) in cases)
        {
            using var broken = new ModelWeights(
                wrong, weights.Embedding, weights.Layers, weights.FinalNorm, weights.LmHead, owner: null);
            string message = Assert.Throws<ArgumentException>(() => CpuRunners.Create(broken, threads: 1)).Message;
            Assert.Contains(field, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ThreadsFarBeyondTheProcessorsAreRefused()
    {
        using ModelWeights weights = TinyModels.InMemory(TinyModels.Config());
        int most = 4 * Environment.ProcessorCount;
        foreach (int threads in (int[])[most + 1, 100_000, int.MaxValue])
        {
            string message = Assert.Throws<RunnerCapacityException>(
                () => CpuModelRunner.Create(weights, new RunnerOptions { Threads = threads })).Message;
            Assert.Contains($"{threads} threads", message, StringComparison.Ordinal);
            Assert.Contains($"{most}", message, StringComparison.Ordinal);
            Assert.Throws<RunnerCapacityException>(() => new MachineProbe(threads));
        }

        WorkerPool.CheckCount(most);
        for (int threads = 1; threads <= 4; threads++) WorkerPool.CheckCount(threads);
    }

    private static unsafe long Resident(NativeBuffer buffer)
    {
        ulong address = (ulong)buffer.Data + (ulong)buffer.Bytes / 2;
        bool inside = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            string[] words = line.Split([' ', '-'], StringSplitOptions.RemoveEmptyEntries);
            if (Hex(words[0]) is { } start && Hex(words[1]) is { } end) inside = address >= start && address < end;
            if (inside && words[0] == "Rss:") return long.Parse(words[1], CultureInfo.InvariantCulture) * 1024;
        }

        throw new InvalidOperationException("The buffer is in no mapping.");

        static ulong? Hex(string word) =>
            ulong.TryParse(word, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
                ? value : null;
    }
}
